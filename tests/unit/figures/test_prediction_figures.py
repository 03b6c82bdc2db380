"""What the charts of the Predict page draw, on rows whose answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from probing.figures import prediction as charts


def rows() -> pd.DataFrame:
    measured = np.array([0.8, 0.7, 0.6])
    return pd.DataFrame(
        {
            "checkpoint": ["a", "a_corr_5", "b"],
            "family": ["a", "a", "b"],
            "measured": measured,
            "predicted": measured + np.array([0.1, -0.1, 0.0]),
            "lower": measured - 0.2,
            "upper": measured + 0.3,
            "family_out": measured + np.array([0.3, 0.3, np.nan]),
        }
    )


def test_points_lie_at_measured_and_predicted_with_their_intervals() -> None:
    line, first, second = charts.measured_against_predicted(rows(), "cola").data
    assert list(line.x) == list(line.y)
    assert (list(first.x), list(first.y)) == ([0.8, 0.7], pytest.approx([0.9, 0.6]))
    assert list(first.error_y.array) == pytest.approx([0.2, 0.4])
    assert list(first.error_y.arrayminus) == pytest.approx([0.3, 0.1])
    assert (first.marker.color, first.marker.symbol) != (second.marker.color, second.marker.symbol)
    assert first.marker.symbol != second.marker.symbol


def test_residuals_are_measured_minus_predicted() -> None:
    filled, hollow, other, unknown = charts.residuals_by_family(rows(), "cola").data
    assert list(filled.x) == pytest.approx([-0.1, 0.1])
    assert list(hollow.x) == pytest.approx([-0.3, -0.3])
    assert hollow.marker.symbol == filled.marker.symbol + "-open"
    assert list(other.x) == [0]
    assert np.isnan(unknown.x).all()


def test_twelve_families_have_twelve_marks() -> None:
    looks = charts.family_marks([f"family {number}" for number in range(12)])
    assert len({(look.colour, look.symbol) for look in looks.values()}) == 12


def test_bars_are_shares_and_the_models_own_are_filled() -> None:
    (bars,) = charts.choices({"x_layer_1": 1.0, "y_layer_2": 0.4}, ["x_layer_1"]).data
    assert list(bars.x) == [1.0, 0.4]
    assert list(bars.y) == ["x_layer_1", "y_layer_2"]
    assert bars.marker.color[0].startswith("#")
    assert bars.marker.color[1].startswith("rgba")


def test_a_sweep_has_both_errors_and_every_baseline() -> None:
    sweep = pd.DataFrame({"k": [1, 2], "in_sample": [0.3, 0.1], "honest": [0.4, 0.6]})
    inside, honest, family, mean = charts.errors_by_k(sweep, {"family mean": 0.2, "mean": 0.5}, "cola").data
    assert (list(inside.y), list(honest.y)) == ([0.3, 0.1], [0.4, 0.6])
    assert (set(family.y), set(mean.y)) == ({0.2}, {0.5})
    assert len({inside.line.dash, honest.line.dash, family.line.dash, mean.line.dash}) == 4


def test_a_path_names_what_weighs_most_where_it_was_chosen() -> None:
    penalties = np.array([1.0, 0.1, 0.01])
    weights = np.zeros((3, 9))
    weights[:, 8], weights[1, 2], weights[2, 5] = [0, 3, 4], -5, 9
    rest, first, second = charts.penalty_path(penalties, weights, [f"f_layer_{n}" for n in range(9)], 0.1).data
    assert (rest.name, first.name, second.name) == ("the others", "f_layer_2", "f_layer_8")
    assert list(second.y) == [0, 3, 4]
    assert len(rest.x) == 4, "f_layer_5 alone, with a hole after it"
