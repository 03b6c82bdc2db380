"""The curves of a run in progress: what is done is drawn as in the end, and what is to come is counted and shaded."""

from __future__ import annotations

import pandas as pd
import pytest

from cache.table import tidy
from probing.analysis.rows import LayerQuestion
from probing.figures.layer_curves import layer_curves
from probing.figures.live_curves import live_curves

PLANNED = {"one": (0, 1, 2, 3), "random:one@0": (0, 1, 2, 3)}


def table(done: dict[str, int]) -> pd.DataFrame:
    common = {"task": "upos", "probe": "linear", "split": "test", "metric": "accuracy", "unit": "fraction", "n": 10}
    return tidy(
        common | {"checkpoint": name, "layer": k, "value": 0.5 + k / 10} for name, count in done.items() for k in range(count)
    )


@pytest.mark.parametrize(
    ("counts", "named", "shaded"),
    [
        ((2, 0), ["one (2 of 4 layers)", "random:one@0 (0 of 4 layers)"], (1.5, 3.5)),
        ((4, 1), ["one (4 of 4 layers)", "random:one@0 (1 of 4 layers)"], (0.5, 3.5)),
        ((4, 4), ["one (4 of 4 layers)", "random:one@0 (4 of 4 layers)"], None),
    ],
)
def test_the_points_are_the_final_ones_and_the_rest_is_to_come(
    counts: tuple[int, int], named: list[str], shaded: tuple[float, float] | None
) -> None:
    rows = table(dict(zip(PLANNED, counts, strict=True)))
    done = {name: PLANNED[name][:count] for name, count in zip(PLANNED, counts, strict=True)}
    question = (LayerQuestion(rows, "accuracy", "test", "upos", "linear"), ["one"], ["random:one@0"])
    figure, final = live_curves(*question, PLANNED, done), layer_curves(*question).checked()
    assert [trace.name for trace in figure.data if trace.name] == named
    drawn = [list(trace.y) for trace in figure.data if trace.name and trace.y[0] is not None]
    assert drawn == [list(trace.y) for trace in final.data if trace.name]
    assert figure.layout.xaxis.range == (-0.5, 3.5)
    boxes = [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"]
    assert boxes == ([] if shaded is None else [shaded])
