"""Differences of differences: one that is there is seen, one that is not is not claimed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from probing.analysis.domains import apart, summary


def frame(values: list[tuple[float, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(values, columns=["difference", "lower", "upper"]).assign(
        task="upos", layer=range(len(values)), first_layer=range(len(values)), least=0.03
    )


def test_a_change_is_seen_and_its_interval_is_that_of_two_samples() -> None:
    here = frame([(0.10, 0.07, 0.13), (0.0, -0.03, 0.03)])
    there = frame([(-0.10, -0.14, -0.06), (0.01, -0.03, 0.05), (0.5, 0.4, 0.6)])
    found = apart(here, there)
    assert found["layer"].tolist() == [0, 1], "what one text alone has is no change"
    first = found.iloc[0]
    assert first["difference"] == pytest.approx(-0.2)
    assert (first["lower"], first["upper"]) == pytest.approx((-0.25, -0.15))
    assert first["adjusted"] < 0.001
    assert found.iloc[1]["adjusted"] > 0.5
    told = summary(found, "test", "test_ood", 100, "points")
    assert told.startswith("In 1 of 2 cells the difference on test_ood differs from that on test")
    assert "upos at layer 0: +10 points on test, -10 on test_ood" in told


def test_no_change_is_not_called_equality_and_no_interval_is_said() -> None:
    same = frame([(0.1, 0.0, 0.2)])
    told = summary(apart(same, same), "test", "test_ood", 100, "points")
    assert "In none of 1 cells does the difference" in told
    assert "a change under 4.24 points is too small to detect here" in told, "that of two samples"
    still = frame([(0.0, 0.0, 0.0)])
    assert "a change under 4.24 points" in summary(apart(still, still), "test", "test_ood", 100, "points"), (
        "answers that are all the same do not make every change visible"
    )
    unknown = frame([(0.1, np.nan, np.nan)])
    assert "cannot be compared" in summary(apart(same, unknown), "test", "test_ood", 1, "bits")
