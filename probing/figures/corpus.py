"""Tables of a corpus → figures: label shares and histograms by split. Pure functions."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from probing.figures.drawing import Drawing
from probing.figures.marks import marks

DASHES = ("solid", "dash", "dot", "dashdot")  # beside colour and sign, a fourth way to tell lines apart
MOST = 40  # labels drawn; the table has them all


def labels(table: pd.DataFrame) -> go.Figure:
    """Rows (label, split, count) of one kind → a dot a split for each label's share of its split, the commonest first.

    Shows `MOST` labels at most.
    """
    totals = table.groupby("split")["count"].transform("sum")
    shares = table.assign(share=table["count"] / totals.where(totals > 0))
    order = shares.groupby("label")["share"].mean().sort_values(ascending=False).index[:MOST]
    figure = Drawing()
    for split, colour, sign, _ in _marked(table):
        part = shares[shares["split"] == split].set_index("label").reindex(order).fillna({"share": 0.0, "count": 0})
        figure.add_scatter(
            x=part["share"].to_numpy(),
            y=np.array([escape(str(label), quote=False) for label in order], dtype=object),  # Plotly makes links of <a href=…>
            customdata=part["count"].to_numpy(),
            mode="markers",
            name=split,
            marker={"color": colour, "symbol": sign, "size": 9},
            hovertemplate="%{y}: %{x:.2%} (%{customdata:,})<extra>" + split + "</extra>",
        )
    figure.update_layout(
        height=130 + 22 * len(order),
        xaxis={"title": "share of the split", "tickformat": ".0%", "rangemode": "tozero"},
        yaxis={"autorange": "reversed", "type": "category", "dtick": 1},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        margin={"l": 10, "r": 10, "t": 40, "b": 45},
    )
    return figure.checked()


def histogram(table: pd.DataFrame, unit: str) -> go.Figure:
    """Rows (split, value, sentences) → a line a split: the share of its sentences at each value, in `unit`."""
    figure = Drawing()
    for split, colour, sign, dash in _marked(table):
        part = table[table["split"] == split].sort_values("value")
        everything = range(int(part["value"].min()), int(part["value"].max()) + 1)
        counts = part.set_index("value")["sentences"].reindex(everything, fill_value=0)
        figure.add_scatter(
            x=counts.index.to_numpy(),
            y=(counts / counts.sum()).to_numpy(),
            customdata=counts.to_numpy(),
            mode="lines+markers",
            name=split,
            line={"color": colour, "dash": dash, "width": 2},
            marker={"symbol": sign, "size": 5},
            hovertemplate="%{x} " + unit + ": %{y:.1%} (%{customdata:,} sentences)<extra>" + split + "</extra>",
        )
    figure.update_layout(
        height=320,
        xaxis={"title": unit, "rangemode": "tozero"},
        yaxis={"title": "share of sentences", "tickformat": ".0%", "rangemode": "tozero"},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        margin={"l": 10, "r": 10, "t": 40, "b": 45},
    )
    return figure.checked()


def _marked(table: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """(split, colour, sign, dash) of every split, in the table's order."""
    found = marks(list(dict.fromkeys(table["split"].astype(str))))
    return [(split, mark.colour, mark.symbol, DASHES[place % len(DASHES)]) for place, (split, mark) in enumerate(found.items())]
