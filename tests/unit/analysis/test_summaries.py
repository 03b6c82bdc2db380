"""What pages, command line and findings say in words, and answers paired by sentence: from small tables whose numbers are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from probing.analysis import predicted_tree, ranks, size_curves
from probing.analysis.equal_accuracy import correct_counts, equal_accuracy
from probing.analysis.loss_curves import LossCurves
from probing.measures.effort import Curves, effort


def trainings(*rows: tuple[str, int, int, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["method", "n", "seed", "value", "state"])
    return frame.assign(lower=frame["value"] - 0.01, upper=frame["value"] + 0.01)


def test_sizes_are_told_by_pairs_with_full_fine_tuning_and_what_went_wrong_is_named() -> None:
    collapsed, diverged = ("full", 64, 1, 0.2, size_curves.COLLAPSED), ("head", 64, 0, np.nan, size_curves.DIVERGED)
    told = size_curves.summary(
        trainings(("full", 64, 0, 0.8, ""), collapsed, ("bitfit", 64, 0, 0.6, ""), diverged), ["full", "bitfit", "head"]
    )
    assert told == [
        "full leads at 64 sentences; one size shows no crossing.",
        "head and full have no size in common yet.",
        "1 training said one class of everything: full, 64 sentences, seed 1.",
        "1 training ended with a loss that is no number: head, 64 sentences, seed 0.",
        "full at 64: 0.500 with what went wrong, 0.800 without.",
    ]
    alone = trainings(("bitfit", 64, 0, 0.6, ""))
    assert size_curves.summary(alone, ["bitfit"]) == ["bitfit alone is done: there is nothing to hold it against yet."]


def curves() -> LossCurves:
    """Layer 0 is ahead with 10 items and layer 1 with 100."""
    loss = np.array([[1.0, 0.9], [1.5, 0.3]])
    of = Curves(
        sizes=np.array([10.0, 100.0]),
        loss=loss,
        losses=np.repeat(loss[:, None], 20, 1),
        accuracy=np.array([[0.6, 0.7], [0.5, 0.9]]),
        code=np.array([[10.0, 95.0], [15.0, 80.0]]),
        ceiling=2.0,
    )
    return LossCurves([("a", 0), ("a", 1)], of, [])


def test_who_is_first_at_a_budget_and_with_all_of_train() -> None:
    of = curves()
    whole = effort(of.curves, 100, 0.95)
    told = ranks.summary(ranks.rank_table(of.keys, effort(of.curves, 10, 0.95), 10), of, whole, 10)
    assert "With 10 items the easiest layer is, by Accuracy: a, layer 0; Codelength: a, layer 0" in told
    assert "With all 100 it is, by Accuracy a, layer 1; Codelength a, layer 1" in told
    assert "With all" not in ranks.summary(ranks.rank_table(of.keys, whole, 100), of, whole, 100)


def items(right: str, sentences: list[int], layer: int) -> pd.DataFrame:
    """`right`: a digit an item, 1 where the answer is right."""
    predicted = ["A" if one == "1" else "B" for one in right]
    return pd.DataFrame({"split": "test", "layer": layer, "seed": 0, "sentence": sentences, "gold": "A", "predicted": predicted})


def test_answers_are_counted_by_sentence_and_other_items_are_not_paired() -> None:
    own = pd.concat([items("1101", [0, 0, 1, 1], 0), items("1111", [0, 0, 1, 1], 1)])
    found = correct_counts([("a", own), ("b", items("11", [0, 1], 0))], "test")
    assert found is not None
    assert found.keys == [("a", 0), ("a", 1)]
    assert found.counts.tolist() == [2, 2]
    assert found.correct.tolist() == [[2, 1], [2, 2]]
    assert correct_counts([("a", own)], "dev") is None
    of = curves()
    both = equal_accuracy(of, effort(of.curves, 100, 0.95), found, 0.95)
    assert both.keys == of.keys
    assert both.accuracy.tolist() == [0.75, 1.0]
    assert both.bounds[1].tolist() == [1.0, 1.0]
    assert both.most == 100


def test_a_predicted_tree_is_told_beside_the_true_one() -> None:
    forms, upos, heads = ["a", "b", "c"], ["DET", "NOUN", "VERB"], [2, 3, 0]
    line, ones = np.array([[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]]), np.eye(2)
    tree = predicted_tree.predict_tree(forms, upos, heads, np.ones(3, bool), line, ones[:, :1], ones[:, 1:])
    assert predicted_tree.summary(tree) == "2 of 2 gold arcs found. The root c is found."
    tree = predicted_tree.predict_tree(forms, upos, heads, np.array([True, True, False]), line, ones[:, :1], ones[:, 1:])
    assert predicted_tree.summary(tree) == "1 of 1 gold arcs found. Root: c, predicted b. 1 word without a vector, struck out."
