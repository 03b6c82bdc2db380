"""The control task of Hewitt & Liang (2019): a label a type, from the task's own distribution, a map a seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.corpora.sentence import Sentence, Word
from probing.tasks.control import control_labels, seen, types_of, unfit
from probing.tasks.task import Items

TRAIN = np.array([0] * 600 + [1] * 300 + [3] * 100, dtype=np.int32)  # of four classes, class 2 has none
TYPES = [f"type{i}" for i in range(5000)]


def test_a_type_has_one_label_wherever_it_stands() -> None:
    types = ["the", "dog", "saw", "the", "cat", "The"]
    labels = control_labels(TRAIN, types, 4, seed=0)
    assert labels.dtype == np.int32
    assert labels[0] == labels[3]
    test = control_labels(TRAIN, ["cat", "unheard", "dog"], 4, seed=0)
    assert (test[0], test[2]) == (labels[4], labels[1]), "train and test share the map"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=4), min_size=1, max_size=30), st.randoms())
def test_the_map_does_not_depend_on_order_or_company(types: list[str], random: object) -> None:
    together = control_labels(TRAIN, types, 4, seed=3)
    alone = [int(control_labels(TRAIN, [name], 4, seed=3)[0]) for name in types]
    assert together.tolist() == alone
    assert control_labels(TRAIN, types[::-1], 4, seed=3).tolist() == alone[::-1]


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_types_draw_from_the_tasks_distribution(seed: int) -> None:
    shares = np.bincount(control_labels(TRAIN, TYPES, 4, seed), minlength=4) / len(TYPES)
    expected = np.array([0.6, 0.3, 0.0, 0.1])
    assert np.all(np.abs(shares - expected) <= 4 * np.sqrt(expected * (1 - expected) / len(TYPES)))
    assert shares[2] == 0, "a class that train lacks is nobody's"


def test_another_seed_is_another_independent_map() -> None:
    one, two = (control_labels(TRAIN, TYPES, 4, seed) for seed in (0, 1))
    agree = float(np.mean(one == two))
    assert agree == pytest.approx(0.6**2 + 0.3**2 + 0.1**2, abs=0.03), "they agree as often as chance has it"


def test_the_map_is_the_same_in_every_release() -> None:
    """Stored control accuracies are compared with new ones: the draw is pinned."""
    balanced = np.arange(10, dtype=np.int32)
    assert control_labels(balanced, ["the", "dog", "runs", "日本", ""], 10, seed=0).tolist() == [3, 1, 8, 1, 0]


def test_items_without_a_label_do_not_count() -> None:
    with_gaps = np.concatenate([TRAIN, np.full(500, -1, dtype=np.int32)])
    assert np.array_equal(control_labels(with_gaps, TYPES[:50], 4, 0), control_labels(TRAIN, TYPES[:50], 4, 0))


def words(*forms: str) -> Sentence:
    return Sentence("s", tuple(Word(form, "_", "_", "_", (), -1, "_") for form in forms))


def items(*places: tuple[int, int]) -> Items:
    sentence, word = (np.array(column, dtype=np.int32) for column in zip(*places, strict=True))
    return Items(sentence, word, np.zeros(len(places), dtype=np.int32))


def test_types_are_forms_as_the_model_sees_them() -> None:
    sentences = [words("The", "Dog"), words("IT", "ran")]
    asked = items((0, 1), (1, 0), (0, 0))
    assert types_of(sentences, asked, lowercase=False) == ["Dog", "IT", "The"]
    assert types_of(sentences, asked, lowercase=True) == ["dog", "it", "the"]
    assert types_of(sentences, items((1, -1), (0, -1)), lowercase=True) == ["it", "the"], "a sentence's first word"


def test_seen_is_by_type() -> None:
    assert seen(["a", "b", "a"], ["b", "c", "a", "B"]).tolist() == [True, False, True, False]
    assert seen(["a"], []).shape == (0,)
    assert seen([], ["a"]).dtype == bool


def test_a_control_that_says_nothing_is_told() -> None:
    task = np.array([0, 1, 2, 0, 1, 2])
    assert "one label" in str(unfit(task, np.ones(6, int)))
    assert "task's own" in str(unfit(task, np.array([2, 0, 1, 2, 0, 1]))), "the task under other names"
    assert unfit(task, np.array([0, 0, 1, 1, 2, 2])) is None
    skewed = np.array([0] * 999 + [1])
    assert unfit(skewed, np.arange(1000) % 2) is None, "the majority alone tells as much, and the control adds nothing to it"
