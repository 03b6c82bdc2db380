"""Mean differences between seeds of a method, or between methods, as a map of tasks and layers. Pure."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from probing.analysis.seed_noise import SeedNoise


def seed_noise_map(found: SeedNoise, column: str, most: float, scale: float, unit: str) -> go.Figure:
    """Task × layer of mean |Δ|, `column` "seeds" or "methods"; `most` is the end of the colours, so that two maps compare."""
    wide = found.cells.pivot(index="task", columns="layer", values=column)
    wide = wide.reindex(list(dict.fromkeys(found.cells["task"])))
    shown = scale * wide.to_numpy(float)
    figure = go.Figure(
        go.Heatmap(
            z=shown,
            x=list(wide.columns),
            y=list(wide.index),
            zmin=0,
            zmax=scale * most or 1.0,
            colorscale="Cividis",
            text=[["" if np.isnan(v) else f"{v:.2g}" for v in row] for row in shown],
            texttemplate="%{text}",
            hovertemplate=f"%{{y}}, layer %{{x}}: %{{z:.3g}} {unit}<extra></extra>",
            xgap=2,
            ygap=2,
            colorbar={"title": {"text": f"mean |Δ|, {unit}", "side": "right"}, "thickness": 12},
        )
    )
    figure.update_layout(
        title={"text": f"between {column}" + (" of a method" if column == "seeds" else ""), "font": {"size": 14}, "x": 0},
        height=150 + 34 * len(wide),
        xaxis={"title": "layer (0 = embeddings)", "dtick": 1, "zeroline": False, "showgrid": False},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False},
        margin={"l": 10, "r": 10, "t": 34, "b": 10},
    )
    return figure
