"""How many items layers need, and what is said of it: curves by hand that halve their way to known crossings."""

from __future__ import annotations

import numpy as np
import pytest

from probing.analysis.data_needed import by_layer, data_needed, headline
from probing.analysis.loss_curves import Key, LossCurves
from probing.measures.effort import Curves

SIZES = np.array([10.0, 100.0, 1000.0])
CROSSING = {
    "10": (1.0, 0.2, 0.1),
    "100": (2.0, 1.0, 0.1),
    "1000": (2.0, 1.5, 1.0),
    "never": (2.0, 1.8, 1.2),
}  # at a loss of 1 bit


def planted(needs: dict[Key, str], spread: float = 0.0) -> LossCurves:
    loss = np.array([CROSSING[need] for need in needs.values()])
    noise = np.random.default_rng(0).normal(0, spread, (len(loss), 200, 3)) if spread else np.zeros((len(loss), 200, 3))
    accuracy = 1 - loss / 4
    return LossCurves([*needs], Curves(SIZES, loss, loss[:, None] + noise, accuracy, loss * SIZES, 2.0), [])


def told(needs: dict[Key, str], names: list[str], n: float = 1000, spread: float = 0.0) -> list[str]:
    return headline(data_needed(planted(needs, spread), 1.0), names, "slots", n).splitlines()


def test_items_stand_by_layer_and_what_is_not_reached_is_a_bound() -> None:
    rows = by_layer(data_needed(planted({("a", 0): "100", ("a", 3): "never"}), 1.0), "slots", "linear").table
    assert rows["value"].tolist() == pytest.approx([100, np.nan], nan_ok=True)
    assert rows["lower"].tolist() == pytest.approx([100, 1000])
    assert rows["upper"].tolist() == pytest.approx([100, np.nan], nan_ok=True)


def test_the_bound_is_all_of_train_though_some_replicates_reach_the_target() -> None:
    found = data_needed(planted({("a", 0): "never"}, spread=0.5), 1.0)
    assert np.isinf(found.items[0])
    assert found.lower[0] < 1000
    assert by_layer(found, "slots", "linear").table["lower"].tolist() == [1000]


def test_of_one_checkpoint_its_easiest_and_its_hardest_layers_are_told() -> None:
    first = "For 1.00 bits an item on slots, layer 2 of a needs 10 items"
    assert told({("a", 0): "100", ("a", 1): "1000", ("a", 2): "10"}, ["a"]) == [f"{first}, layer 1 1,000."]
    assert told({("a", 0): "never", ("a", 2): "10"}, ["a"]) == [f"{first}, layer 0 more than 1,000."]
    assert told({("a", 0): "never", ("a", 1): "never", ("a", 2): "10"}, ["a"]) == [f"{first}, layers 0 and 1 more than 1,000."]
    many: dict[Key, str] = {("a", 2): "10", **{("a", layer): "never" for layer in (3, 4, 5, 6)}}
    assert told(many, ["a"]) == [f"{first}, 4 others more than 1,000."]
    assert told({("a", 2): "10"}, ["a"]) == [f"{first}."]


def test_of_several_their_easiest_layers_compare_and_random_weights_are_not_asked() -> None:
    needs: dict[Key, str] = {("a", 0): "1000", ("a", 1): "100", ("b", 1): "10", ("c", 1): "never", ("random:a@0", 0): "10"}
    lead, others = told(needs, ["a", "b", "c"])
    assert lead == "b needs the least data for slots: 10 items, at layer 1, for 1.00 bits an item."
    assert others == "Compared: a 100 at layer 1 (10.0 times as many, 10.0 to 10.0); c more than 1,000."


def test_what_may_be_chance_is_said() -> None:
    lead, _ = told({("a", 0): "100", ("b", 0): "100"}, ["a", "b"], spread=0.2)
    assert lead.startswith("a needs the fewest items for slots: 100 items")
    assert lead.endswith("b may need as few: the difference is not significant.")


def test_a_smaller_budget_says_what_it_reaches() -> None:
    *_, last = told({("a", 0): "10", ("a", 1): "never", ("b", 0): "1000"}, ["a", "b"], n=100)
    assert last == "With 100 items 1 of these 3 layers reaches it; the most accurate is layer 0 of a: 0.950 on dev."
    *_, last = told({("a", 0): "100", ("a", 1): "1000"}, ["a"], n=10)
    assert last.startswith("With 10 items none of these 2 layers reach it")


def test_a_target_that_nobody_reaches_names_the_closest() -> None:
    assert told({("a", 0): "never", ("b", 1): "never"}, ["a", "b"]) == [
        "No layer reaches 1.00 bits an item on slots with all 1,000 items of train; layer 0 of a comes closest, with 1.20."
    ]
    assert told({("a", 0): "10"}, ["gone"]) == []
