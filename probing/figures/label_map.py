"""The table of predicted labels as a figure, which can be exported and pinned: words × layers, several checkpoints beside each other. Pure."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from probing.analysis.predicted_labels import LabelReading, differing
from probing.figures.drawing import Drawing
from probing.figures.label_table import PALEST, label_colours, short_labels
from probing.figures.lines import GREY

SIGNS = 150  # of all labels of a row together
STEPS = 4  # shades of a label, from chance to certainty
GAP = 0.6  # of a column, between two checkpoints
INK, PLAIN = "#16202B", "#F0F1F3"  # of what stands in cells, and the colour of no label: the same on a light and on a dark page


def label_map(readings: Sequence[LabelReading]) -> go.Figure:
    """The first reading is the base: labels of the others that differ from its labels are framed. The surer a label, the deeper its colour."""
    columns = [(reading, layer) for reading in readings for layer in reading.layers]
    begins = [0] * len(readings)
    for number in range(1, len(readings)):
        begins[number] = begins[number - 1] + len(readings[number - 1].layers)
    x = [
        place + GAP * number
        for number, reading in enumerate(readings)
        for place in range(begins[number], begins[number] + len(reading.layers))
    ]
    words = range(len(readings[0].words))
    labels = [[reading.label(layer, word) for reading, layer in columns] for word in words]
    short = short_labels(
        sorted({label for row in labels for label in row if label is not None}), max(2, SIGNS // max(1, len(columns)))
    )
    colours = {label: light for label, (light, _) in label_colours(readings).items()}
    figure = Drawing()
    palette = [PLAIN, *(_mixed(colour, (step + 1) / STEPS) for colour in colours.values() for step in range(STEPS))]
    first = {label: 1 + STEPS * place for place, label in enumerate(colours)}
    codes, hover = [], []
    for word in words:
        shades = [
            first[label] + _shade(reading, layer, word) if label in first else 0 if label is not None else np.nan
            for (reading, layer), label in zip(columns, labels[word], strict=True)
        ]
        codes.append(shades)
        hover.append([_told(reading, layer, word) if reading.present[word] else "no vector" for reading, layer in columns])
    # A column of its own for each gap, since the cells of a heat map reach to their neighbours.
    for number, reading in enumerate(readings):
        own = slice(begins[number], begins[number] + len(reading.layers))
        figure.add_heatmap(
            x=x[own],
            y=list(words),
            z=[row[own] for row in codes],
            zmin=-0.5,
            zmax=len(palette) - 0.5,
            colorscale=_stepped(palette),
            showscale=False,
            text=[[html.escape(short[label]) if label is not None else "–" for label in row[own]] for row in labels],
            texttemplate="%{text}",
            textfont={"size": 11, "color": INK},
            customdata=[row[own] for row in hover],
            hovertemplate="%{customdata}<extra></extra>",
            xgap=1,
            ygap=1,
        )
        middle = (x[own][0] + x[own][-1]) / 2
        figure.add_annotation(
            x=middle, y=1, yref="paper", yanchor="bottom", yshift=18, showarrow=False, text=html.escape(reading.name),
            font={"size": 12, "color": GREY},
        )  # fmt: skip
        for layer, word in sorted(differing(readings[0], reading)) if number else ():
            place = x[own][reading.layers.index(layer)]
            figure.add_shape(
                type="rect", x0=place - 0.46, x1=place + 0.46, y0=word - 0.46, y1=word + 0.46, line={"color": INK, "width": 2}
            )
    for label, colour in colours.items():  # where cells are too narrow for text, an export leaves it out
        told = label if short.get(label, label) == label else f"{short[label]}: {label}"
        figure.add_scatter(
            x=[None], y=[None], name=html.escape(told), mode="markers", marker={"symbol": "square", "size": 12, "color": colour},
            hoverinfo="skip", showlegend=True,
        )  # fmt: skip
    figure.update_layout(
        legend={"orientation": "h", "yanchor": "top", "y": -0.04, "x": 0},
        height=110 + 26 * len(words),
        xaxis={
            "side": "top",
            "tickvals": x,
            "ticktext": [str(layer) for _, layer in columns],
            "showgrid": False,
            "zeroline": False,
        },
        yaxis={
            "tickvals": list(words),
            "ticktext": [html.escape(word) for word in readings[0].words],
            "autorange": "reversed",
            "showgrid": False,
            "zeroline": False,
        },
        margin={"l": 10, "r": 10, "t": 50, "b": 10},
    )
    return figure.checked()


def _shade(reading: LabelReading, layer: int, word: int) -> int:
    """0 at chance to STEPS − 1 at certainty."""
    lowest = 1 / max(len(reading.classes), 2)
    share = (reading.chance(layer, word) - lowest) / (1 - lowest)
    return int(np.clip(share * STEPS, 0, STEPS - 1))


def _mixed(colour: str, share: float) -> str:
    """The colour on white, `share` of the way from the palest."""
    opacity = PALEST + (1 - PALEST) * share
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 - opacity * (255 - part)):02X}" for part in parts)


def _stepped(palette: Sequence[str]) -> list[list[object]]:
    """A scale of as many steps as there are colours."""
    count = len(palette)
    return [[end / count, colour] for place, colour in enumerate(palette) for end in (place, place + 1)]


def _told(reading: LabelReading, layer: int, word: int) -> str:
    shares = ", ".join(f"{html.escape(name)} {100 * share:.0f} %" for name, share in reading.likeliest(layer, word))
    return f"{html.escape(reading.name)}<br>{html.escape(reading.words[word])}, layer {layer}: {shares}"
