"""Differences from a base by layer as small multiples: a row for each checkpoint, a column for each task. Pure."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from probing.analysis.differences import LEVEL
from probing.figures.marks import Mark, band, faded

OUTLYING = 3.0  # times the median of all rows: a row beyond has a scale of its own
ROW, LEAST, SCREEN, TOP, BOTTOM = (
    120,
    64,
    330,
    46,
    46,
)  # pixels: a row, at least, all rows where they fit the first screen, and around them


def outlying(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """The rows whose largest difference is so far beyond that of the others that it would flatten them."""
    most = {name: float(frame["difference"].abs().max()) for name, frame in frames.items()}
    typical = float(np.median(list(most.values()))) if most else 0.0
    return [name for name, size in most.items() if len(most) > 1 and size > OUTLYING * typical > 0]


def difference_panels(frames: Mapping[str, pd.DataFrame], tasks: Sequence[str], look: Mapping[str, Mark], unit: str) -> go.Figure:
    """Of adjusted frames of `differences` by checkpoint. A point that does not differ at 5 %, or has no p, is pale and hollow.

    All rows share one scale but those that are `outlying`. A point's customdata begins with (checkpoint, task, layer).
    """
    scale, apart, height = (100.0 if unit == "points" else 1.0), outlying(frames), _height(len(frames))
    figure = make_subplots(
        len(frames), len(tasks), shared_xaxes=True, shared_yaxes=True, horizontal_spacing=0.012,
        vertical_spacing=min(0.2, 26 / height) if len(frames) > 1 else 0.0,
    )  # fmt: skip
    deepest = max([1.0, *(float(frame["layer"].max()) for frame in frames.values() if len(frame))])
    ends = _ends([frame for name, frame in frames.items() if name not in apart], scale)
    for row, (name, frame) in enumerate(frames.items(), 1):
        for column, task in enumerate(tasks, 1):
            own = frame[frame["task"] == task].sort_values("layer")
            figure.add_hline(y=0, row=row, col=column, line={"color": "#8A8A8A", "width": 1})
            if len(own):
                _panel(figure, own, name, task, look[name], scale, unit, (row, column))
            figure.update_xaxes(range=[-0.5, deepest + 0.5], row=row, col=column)
        low, high = _ends([frame], scale) if name in apart else ends
        figure.update_yaxes(range=[low, high], row=row, nticks=4)
        figure.add_annotation(
            text=f"<b>{html.escape(_short(name))}</b>" + (" (own scale)" if name in apart else ""), hovertext=html.escape(name),
            xref="paper", x=0, yref=f"{_axis(row, len(tasks))} domain", y=1, yanchor="bottom", xanchor="left", showarrow=False,
            font={"size": 12},
        )  # fmt: skip
    for column, task in enumerate(tasks, 1):
        figure.add_annotation(
            text=html.escape(_short(task)), hovertext=html.escape(task), xref=f"x{column if column > 1 else ''} domain", x=0.5,
            yref="paper", y=1, yshift=18, yanchor="bottom", showarrow=False, font={"size": 12},
        )  # fmt: skip
        figure.update_xaxes(title="layer", row=len(frames), col=column)
    figure.update_xaxes(nticks=5, zeroline=False, showgrid=False)
    figure.update_yaxes(zeroline=False)
    figure.update_layout(
        height=TOP + BOTTOM + height, showlegend=False, hovermode="closest", margin={"l": 10, "r": 10, "t": TOP, "b": BOTTOM}
    )
    return figure


def _panel(
    figure: go.Figure, own: pd.DataFrame, name: str, task: str, mark: Mark, scale: float, unit: str, place: tuple[int, int]
) -> None:
    sure, symbol = (own["adjusted"] <= LEVEL).to_numpy(), mark.symbol.removesuffix("-open")
    shown = own.assign(**{column: scale * own[column] for column in ("difference", "lower", "upper")})
    bands = go.Figure()
    band(bands, own["layer"].to_numpy(float), shown, mark.colour, 0.16, name)
    known = "[%{customdata[3]:+.3g}, %{customdata[4]:+.3g}]"
    line = go.Scatter(
        x=own["layer"],
        y=shown["difference"],
        name=name,
        mode="lines+markers",
        line={"color": faded(mark.colour, 0.45), "width": 1.5},
        marker={
            "symbol": [symbol if one else f"{symbol}-open" for one in sure],
            "color": [mark.colour if one else faded(mark.colour, 0.45) for one in sure],
            "size": 9,
        },
        customdata=[
            [name, task, int(layer), lower, upper, "" if one else ", not significant"]
            for layer, lower, upper, one in zip(own["layer"], shown["lower"], shown["upper"], sure, strict=True)
        ],
        hovertemplate=f"%{{customdata[0]}}<br>%{{customdata[1]}}, layer %{{x}}: %{{y:+.3g}} {known} {unit}%{{customdata[5]}}<extra></extra>",
        unselected={"marker": {"opacity": 1}},
    )
    for trace in (*bands.data, line):
        figure.add_trace(trace, *place)


def _ends(frames: Sequence[pd.DataFrame], scale: float) -> tuple[float, float]:
    values = np.concatenate(
        [frame[["difference", "lower", "upper"]].to_numpy(float).ravel() for frame in frames] or [np.zeros(1)]
    )
    values = values[np.isfinite(values)]
    low, high = scale * float(min(0.0, values.min(initial=0.0))), scale * float(max(0.0, values.max(initial=0.0)))
    room = 0.08 * ((high - low) or 1.0)
    return low - room, high + room


def _height(rows: int) -> int:
    """Of all rows together: as high as the first screen has room for, unless rows would be too flat to read."""
    return max(2 * ROW, min(rows * ROW, SCREEN), rows * LEAST)


def _axis(row: int, columns: int) -> str:
    number = (row - 1) * columns + 1
    return f"y{number if number > 1 else ''}"


def _short(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:12]}…{name[-11:]}"
