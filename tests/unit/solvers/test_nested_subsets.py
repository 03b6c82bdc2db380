"""Which problems share a pass over the vectors."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from probing.solvers.nested_subsets import nested_subsets


def labels(*sets: set[int], of: int) -> list[np.ndarray]:
    return [np.array([0 if i in chosen else -1 for i in range(of)], np.int32) for chosen in sets]


def test_label_sets_of_all_vectors_share_a_chain_that_copies_nothing() -> None:
    (subsets,) = nested_subsets(labels({0, 1, 2}, {0, 1, 2}, of=3))
    assert (subsets.problems, subsets.sizes, subsets.order) == ((0, 1), (3, 3), None)


def test_nested_sets_are_prefixes_of_one_order() -> None:
    (subsets,) = nested_subsets(labels({3}, {1, 3, 4}, {1, 3}, of=6))
    assert subsets.problems == (1, 2, 0)
    assert subsets.sizes == (3, 2, 1)
    assert subsets.order is not None
    assert subsets.order.tolist() == [3, 1, 4]


def test_all_vectors_stand_apart_from_their_subsets_and_others_from_each_other() -> None:
    found = nested_subsets(labels({0, 1, 2, 3}, {0, 1}, {0}, {2, 3}, {3}, of=4))
    assert [subsets.problems for subsets in found] == [(0,), (1, 2), (3, 4)]


@given(st.lists(st.sets(st.integers(0, 11), min_size=1), min_size=1, max_size=8))
def test_every_problem_once_with_its_own_items_first(sets: list[set[int]]) -> None:
    found = nested_subsets(labels(*sets, of=12))
    assert sorted(problem for subsets in found for problem in subsets.problems) == list(range(len(sets)))
    for subsets in found:
        order = np.arange(12) if subsets.order is None else subsets.order
        assert list(subsets.sizes) == sorted(subsets.sizes, reverse=True)
        assert len(order) == subsets.sizes[0]
        for problem, size in zip(subsets.problems, subsets.sizes, strict=True):
            assert set(order[:size].tolist()) == sets[problem]
