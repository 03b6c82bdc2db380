"""Tidy table → a measure by layer: every checkpoint with its 95 % band, its control, its random baseline, the majority. Pure."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from probing.analysis.floors import floor, trivial
from probing.analysis.rows import LayerQuestion, control_rows, matching, rows_over_seeds
from probing.figures import lines
from probing.figures.drawing import Drawing
from probing.figures.marks import BASELINE, Mark, band, faded, marks
from probing.measures import MEASURES, axis

LONGEST = 26  # signs of a name at the end of a line
MOST_NAMED = 20  # lines with a name at their end: more would hide the curves
LAYER = "layer (0 = embeddings)"
TICKS = 12  # at most so many layers are numbered


def layer_curves(
    question: LayerQuestion,
    checkpoints: Sequence[str],
    baselines: Sequence[str] = (),
    depths: dict[str, int] | None = None,
    control: bool = True,
    baseline_lines: bool = True,
    known: Mapping[str, Mark] | None = None,
) -> Drawing:
    """One line a checkpoint; a figure may add to the drawing. `baselines` are random baselines, in grey. With `depths` (layers a checkpoint) a layer
    stands at its share of the depth, l/L, so that models of other depth compare. `control` draws the control task, `baseline_lines` what is answered
    without vectors; `known` are the marks of checkpoints. A layer that was probed but lacks the measure leaves a hole."""
    table, metric, _, task, probe = question
    rows, controls = rows_over_seeds(*question), control_rows(*question)
    look = marks(checkpoints, baselines, known)
    figure = Drawing()
    probed = matching(table[table["layer"] >= 0], task=task, probe=probe)
    for name in [*checkpoints, *baselines]:
        part = rows[(rows["checkpoint"] == name) & (rows["layer"] >= 0)]
        if part.empty:
            continue
        layers = np.sort(probed.loc[probed["checkpoint"] == name, "layer"].unique())
        part = part.set_index("layer").reindex(layers).rename_axis("layer").reset_index()
        x = part["layer"].to_numpy(float) / (depths[name] if depths else 1)
        band(figure, x, part, look[name].colour, 0.18, name)
        figure.add_scatter(
            x=x,
            y=part["value"].to_numpy(float),
            name=name,
            legendgroup=name,
            mode="lines+markers",
            line={"color": look[name].colour, "dash": look[name].dash, "width": 2.5 if name in checkpoints else 2},
            marker={"symbol": look[name].symbol, "size": 8},
            customdata=part[["lower", "upper", "n", "layer"]].to_numpy(float),
            hovertemplate=f"{name}<br>layer %{{customdata[3]:.0f}}: %{{y:.4f}} [%{{customdata[0]:.4f}}, %{{customdata[1]:.4f}}], "
            "%{customdata[2]:,} items<extra></extra>",
        )
        _at_least(figure, x, part, look[name], name)
        own = controls[(controls["checkpoint"] == name) & (controls["layer"] >= 0)]
        if control and name in checkpoints and not own.empty:
            figure.add_scatter(
                x=own["layer"].to_numpy(float) / (depths[name] if depths else 1),
                y=own["value"].to_numpy(float),
                name=f"{name}: control task",
                legendgroup=name,
                mode="lines+markers",
                line={"color": look[name].colour, "dash": "dash", "width": 1.5},
                marker={"symbol": look[name].symbol + "-open", "size": 6},
                customdata=own[["lower", "upper", "n", "layer"]].to_numpy(float),
                hovertemplate="control task<br>layer %{customdata[3]:.0f}: %{y:.4f} "
                "[%{customdata[0]:.4f}, %{customdata[1]:.4f}], "
                "%{customdata[2]:,} items<extra></extra>",
            )
    figure.update_layout(
        height=430,
        xaxis=layer_axis(checkpoints[0], depths[checkpoints[0]]) if depths else {"title": LAYER, "dtick": 1, "zeroline": False},
        yaxis={
            "title": axis(metric),
            "zeroline": MEASURES.get(metric).zero,
            "type": "log" if MEASURES.get(metric).log else "linear",
        },
        legend={"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
        hovermode="closest",
    )
    for baseline, values in (trivial(question) if baseline_lines else {}).items():
        for value in values:
            lines.level(figure, value, f"{baseline} {value:.3f}", "dashdot" if baseline == "majority" else "dot")
    lines.upright(figure, 0, "embeddings")
    return figure


def layer_axis(checkpoint: str, layers: int) -> dict[str, Any]:
    """The axis of shares of the depth, from 0 to 1: numbered by the layers of this checkpoint."""
    numbered = range(0, layers + 1, math.ceil(layers / TICKS))
    return {
        "title": f"layer of {html.escape(_short(checkpoint))}; others at the same share of their depth",
        "tickvals": [layer / layers for layer in numbered],
        "ticktext": [str(layer) for layer in numbered],
        "zeroline": False,
    }


def _at_least(figure: Drawing, x: np.ndarray, part: pd.DataFrame, mark: Mark, name: str) -> None:
    """Where only a lower bound is known: a hollow sign that points up."""
    value, lower = part["value"].to_numpy(float), part["lower"].to_numpy(float)
    only = np.isnan(value) & ~np.isnan(lower)
    if only.any():
        figure.add_scatter(
            x=x[only],
            y=lower[only],
            mode="markers",
            marker={"symbol": "triangle-up-open", "size": 12, "color": mark.colour, "line": {"width": 2}},
            legendgroup=name,
            showlegend=False,
            customdata=part["layer"].to_numpy(float)[only],
            hovertemplate=f"{name}<br>layer %{{customdata:.0f}}: more than %{{y:,.0f}}<extra></extra>",
        )


def over_floor(
    question: LayerQuestion,
    checkpoints: Sequence[str],
    baselines: Sequence[str] = (),
    depths: dict[str, int] | None = None,
    control: bool = False,
    known: Mapping[str, Mark] | None = None,
) -> Drawing:
    """`layer_curves` with the names at the ends of the lines in place of a legend, and all baselines as one shaded floor: the best of them."""
    figure = layer_curves(question, checkpoints, (), depths, control, False, known)
    x, level, names = floor(question, baselines, depths)
    if len(x):
        less = MEASURES.get(question.metric).better == "less"
        drawn = [y for trace in figure.traces if trace.get("name") for y in trace["y"] if np.isfinite(y)]
        low, high = min([*drawn, *level]), max([*drawn, *level])
        end = np.full(len(x), high + 0.05 * (high - low) if less else low - 0.05 * (high - low))
        figure.add_scatter(x=x, y=end, mode="lines", line={"width": 0}, hoverinfo="skip", showlegend=False)
        figure.add_scatter(
            x=x,
            y=level,
            name="baselines",
            mode="lines",
            fill="tonexty",
            fillcolor=faded(BASELINE.colour, 0.22),
            line={"color": BASELINE.colour, "width": 1},
            hovertemplate=f"best of {', '.join(names)}: %{{y:.4f}}<extra></extra>",
        )
        anchor = int(np.argmax(x)) // 2
        figure.add_annotation(
            x=x[anchor], y=float(_heights(figure, level[anchor])), yshift=-10 if not less else 10, text=", ".join(names), showarrow=False,
            font={"size": 11, "color": "#6E6E6E"},
        )  # fmt: skip
    _name_ends(figure, checkpoints)
    figure.update_layout(showlegend=control, height=380)
    return figure


def _heights(figure: Drawing, values: ArrayLike) -> np.ndarray:
    """Where notes of these values stand on the axis: on a log axis at their exponents, NaN where it has no place for them."""
    y = np.asarray(values, dtype=float)
    return np.log10(np.where(y > 0, y, np.nan)) if figure.log("y") else y


def _name_ends(figure: Drawing, checkpoints: Sequence[str]) -> None:
    """The name of each line beside its last point, moved apart where two would stand on each other. A bound is a point too."""
    ends: dict[str, tuple[float, float, str]] = {}
    every = [np.empty(0)]
    for trace in figure.traces:
        y, name = _heights(figure, trace["y"]), str(trace.get("legendgroup"))
        known = np.flatnonzero(np.isfinite(y))
        every.append(y[known])
        if len(known) and name in checkpoints and trace.get("name", name) == name and "customdata" in trace:
            colour = trace["marker"].get("color") or trace["line"]["color"]
            end = float(trace["x"][known[-1]]), float(y[known[-1]]), colour
            ends[name] = max(end, ends.get(name, end))
    if len(ends) > MOST_NAMED:
        figure.add_annotation(
            x=1, y=1, xref="paper", yref="paper", xanchor="right", yanchor="bottom", showarrow=False,
            text=f"{len(ends)} lines: point at one for its name", font={"size": 12, "color": lines.GREY},
        )  # fmt: skip
        return
    places = [float(x) for trace in figure.traces for x in trace["x"]]
    room = 0.03 * (max(places, default=1.0) - min(places, default=0.0)) or 0.5
    # Names stand beside the chart: without a range of its own, the axis would make room for them too.
    figure.update_xaxes(range=[min(places, default=0.0) - room, max(places, default=1.0) + room])
    heights = np.concatenate(every)
    gap = 0.055 * (float(np.ptp(heights)) or 1.0) if len(heights) else 0.0
    place = -np.inf
    for name, (x, height, colour) in sorted(ends.items(), key=lambda end: end[1][1]):
        place = max(height, place + gap)
        figure.add_annotation(
            x=x, y=place, xshift=8, xanchor="left", text=html.escape(_short(name)), hovertext=html.escape(name),
            showarrow=False, font={"size": 12, "color": colour},
        )  # fmt: skip
    longest = max((len(_short(name)) for name in ends), default=0)
    figure.update_layout(margin={"r": 24 + 7 * longest})


def _short(name: str) -> str:
    """A long name in the middle of which something is left out: its end tells products apart."""
    return name if len(name) <= LONGEST else f"{name[:12]}…{name[-11:]}"
