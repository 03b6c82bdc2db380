"""A checkpoint's parameters by part → figure. A pure function."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go


def by_part(table: pd.DataFrame) -> go.Figure:
    """Rows (part, parameters, share) → a horizontal bar a part, in the table's order from the top."""
    figure = go.Figure(
        go.Bar(
            x=table["parameters"].to_numpy(),
            y=table["part"].to_numpy(),
            orientation="h",
            marker_color="#0072B2",
            customdata=table["share"].to_numpy(),
            hovertemplate="%{y}: %{x:,} parameters (%{customdata:.1%})<extra></extra>",
        )
    )
    figure.update_layout(
        height=90 + 24 * len(table),
        margin={"l": 10, "r": 10, "t": 10, "b": 45},
        xaxis={"title": "parameters"},
        yaxis={"autorange": "reversed", "type": "category", "dtick": 1},
    )
    return figure
