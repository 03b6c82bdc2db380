"""Which problems can share one pass over the vectors: those whose items are nested subsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class NestedSubsets:
    """Problems whose item sets contain one another: in `order`, the items of problem i are the first `sizes[i]`.

    `problems` [P] are positions, by falling size; `order` [sizes[0]] are positions of vectors, or None where the
    problems have all vectors, as they stand.
    """

    problems: tuple[int, ...]
    sizes: tuple[int, ...]
    order: np.ndarray | None


def nested_subsets(labels: Sequence[np.ndarray]) -> list[NestedSubsets]:
    """The problems in groups of nested subsets, each problem in one group. `labels` [N] each, -1 where a vector is not in the problem.

    Label sets of the same items share a group, and so do nested train subsets of one seed. A problem of all vectors never
    joins a smaller one, so that nothing is copied for it.
    """
    groups: dict[bytes, tuple[np.ndarray, list[int]]] = {}
    for position, label in enumerate(labels):
        mask = np.asarray(label) >= 0
        groups.setdefault(np.packbits(mask).tobytes(), (mask, []))[1].append(position)
    found: list[list[tuple[np.ndarray, list[int]]]] = []
    for mask, members in sorted(groups.values(), key=lambda group: -int(group[0].sum())):
        for subsets in found:
            smallest = subsets[-1][0]
            if not smallest.all() and smallest[mask].all():
                subsets.append((mask, members))
                break
        else:
            found.append([(mask, members)])
    return [_in_order(group) for group in found]


def _in_order(group: list[tuple[np.ndarray, list[int]]]) -> NestedSubsets:
    problems = tuple(position for _, members in group for position in members)
    sizes = tuple(int(mask.sum()) for mask, members in group for _ in members)
    if group[0][0].all():
        return NestedSubsets(problems, sizes, None)
    parts, inner = [], np.zeros(len(group[0][0]), dtype=bool)
    for mask, _ in reversed(group):
        parts.append(np.flatnonzero(mask & ~inner))
        inner = mask
    return NestedSubsets(problems, sizes, np.concatenate(parts))
