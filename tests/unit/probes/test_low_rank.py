"""The low-rank family: what its rank allows, and what it does not."""

from __future__ import annotations

import numpy as np

from probing.probes import ProbeOptions, Problem
from probing.probes.family import FittedProbe
from probing.probes.linear import LinearFamily
from probing.probes.low_rank import LowRankFamily

# Four classes whose centres span three directions of twenty.
CENTRES = np.zeros((4, 20), np.float32)
CENTRES[1:, :3] = 3 * np.eye(3)
CENTRES[0, :3] = -2


def sampled(items: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, 4, items).astype(np.int32)
    return (CENTRES[labels] + draw.normal(size=(items, 20))).astype(np.float32), labels


TRAIN, LABELS = sampled(8000, 0)
DEV, DEV_LABELS = sampled(800, 1)
TASK = Problem("task", LABELS, DEV_LABELS, 4)


def fit(rank: int) -> FittedProbe:
    return LowRankFamily().fit(TRAIN, DEV, [TASK], ProbeOptions(rank=rank), lambda _done, _total: None)[0]


def test_a_signal_of_rank_three_is_found_at_three_and_not_at_one() -> None:
    accuracy = {rank: (fit(rank).log2_probabilities(DEV).argmax(1) == DEV_LABELS).mean() for rank in (1, 3)}
    assert accuracy[3] > 0.9
    assert accuracy[1] < accuracy[3] - 0.1


def test_with_as_many_directions_as_classes_it_is_the_linear_probe() -> None:
    linear = LinearFamily().fit(TRAIN, DEV, [TASK], ProbeOptions(), lambda _done, _total: None)[0]
    assert abs(fit(4).dev_loss - linear.dev_loss) < 0.03


def test_the_map_kept_has_that_rank() -> None:
    probe = fit(2)
    assert probe.setting["rank"] == 2
    assert np.linalg.matrix_rank(probe.state["weights_0"], tol=1e-4) == 2
