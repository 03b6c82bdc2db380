"""Grey lines across a chart, with what they are: levels, places, baselines. Pure."""

from __future__ import annotations

import numpy as np

from probing.figures.drawing import Drawing

GREY = "#8A8A8A"  # of lines and what is written in a chart: colours are those of checkpoints. Pages draw the text darker (or lighter)


def level(figure: Drawing, y: float, text: str = "", dash: str = "dot", right: bool = True, above: bool = False) -> None:
    """A line at the height `y`, named at one of its ends."""
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=y, y1=y, line={"color": GREY, "dash": dash, "width": 1.5})
    if text:
        # A shape is placed by the value itself even on a log axis; a note by the exponent.
        height = float(np.log10(y)) if figure.log("y") else y
        figure.add_annotation(
            x=1 if right else 0, xref="paper", y=height, text=text, showarrow=False, font={"size": 12, "color": GREY},
            xanchor="right" if right else "left", yanchor="bottom" if above else "top",
        )  # fmt: skip


def upright(figure: Drawing, x: float, text: str = "", above: bool = False) -> None:
    """A line at the place `x`, named at its top: beside it, or `above` the chart."""
    figure.add_shape(type="line", yref="paper", y0=0, y1=1, x0=x, x1=x, line={"color": GREY, "dash": "dot", "width": 1.5})
    if text:
        place = float(np.log10(x)) if figure.log("x") else x
        figure.add_annotation(
            x=place, y=1, yref="paper", text=text, showarrow=False, font={"size": 11, "color": GREY},
            xanchor="center" if above else "left", yanchor="bottom" if above else "top",
        )  # fmt: skip
