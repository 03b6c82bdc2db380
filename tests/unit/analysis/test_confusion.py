"""Confusion counts and scores of each class, by hand and as properties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.analysis.confusion import by_class, confusion


def items(gold: list[str], predicted: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"gold": gold, "predicted": predicted})


def test_confusions_by_hand() -> None:
    counts = confusion(items(["N", "N", "N", "V"], ["N", "N", "V", "X"]))
    assert list(counts.index) == list(counts.columns) == ["N", "V", "X"]
    assert counts.to_numpy().tolist() == [[2, 1, 0], [0, 0, 1], [0, 0, 0]]
    classes = by_class(counts).set_index("class")
    assert classes["support"].to_dict() == {"N": 3, "V": 1, "X": 0}
    assert classes.loc["N", ["precision", "recall", "f1"]].tolist() == pytest.approx([1.0, 2 / 3, 0.8])
    assert classes.loc["V", ["precision", "recall", "f1"]].tolist() == [0, 0, 0]
    assert np.isnan(classes.loc["X", "recall"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=40))
def test_confusions_count_every_item_once(pairs: list[tuple[str, str]]) -> None:
    gold, predicted = (list(part) for part in zip(*pairs, strict=True))
    counts = confusion(items(gold, predicted))
    assert counts.to_numpy().sum() == len(pairs)
    assert np.trace(counts.to_numpy()) == sum(g == p for g, p in pairs)
    assert by_class(counts)["support"].sum() == len(pairs)
