"""Where a solution along the path of penalties starts from, and where a fixed penalty goes on from it."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
import torch

from probing.probes import ProbeOptions, Problem
from probing.probes.linear import REACH, LinearFamily, _extrapolated
from probing.solvers.convex import Softmax
from probing.solvers.design import Design
from probing.solvers.standardise import Standardiser

PRIOR = torch.tensor([0.5, -inf])


def test_a_start_lies_on_the_line_through_the_last_two_solutions() -> None:
    first, second = torch.tensor([1.0, -inf]), torch.tensor([2.0, -inf])
    assert _extrapolated([], 1.0, PRIOR) is PRIOR
    assert _extrapolated([(1.0, first)], 0.1, PRIOR) is first
    assert _extrapolated([(1.0, first), (0.1, second)], 0.01, PRIOR).tolist() == pytest.approx([3.0, -inf])
    assert _extrapolated([(1.0, first), (0.1, second)], 0.1, PRIOR).tolist() == pytest.approx([2.0, -inf])
    assert _extrapolated([(1.0, first), (0.1, second)], 1e-6, PRIOR).tolist() == pytest.approx([2.0 + REACH, -inf])


def test_a_fixed_penalty_goes_on_from_the_path_to_the_same_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(3)
    vectors = (draw.normal(size=(900, 30)) @ draw.normal(size=(30, 30))).astype(np.float32)
    labels = (vectors @ draw.normal(size=(30, 4)) / 3 + draw.gumbel(size=(900, 4))).argmax(1).astype(np.int32)
    train, dev = vectors[:600], vectors[600:]
    task = Problem("task", labels[:600], labels[600:], 4)
    reference = Problem("reference", labels[:600], labels[600:], 4, penalty=1 / 600)
    spent: list[int] = []
    minimise = Softmax.minimise

    def counted(self: Softmax, *given: object) -> tuple[torch.Tensor, torch.Tensor]:
        found = minimise(self, *given)  # type: ignore[arg-type]
        spent.append(int(found[1].max()))
        return found

    monkeypatch.setattr(Softmax, "minimise", counted)
    probe = LinearFamily().fit(train, dev, [task, reference], ProbeOptions(), lambda _done, _total: None)[1]
    group = Softmax(Design(train, Standardiser.of(train), "cpu"), [task.train], 4)
    optimum, _ = minimise(group, group.start(), torch.tensor([1 / 600]), 1e-6, 2000)
    weights, bias = group.design.unrotated(optimum[0])
    assert np.abs(probe.state["weights_0"] - weights).max() < 0.02 * np.abs(weights).max()
    assert np.abs(probe.state["bias_0"] - bias).max() < 0.02
    goes_on = spent[-1]
    spent.clear()
    alone = Softmax(group.design, [task.train], 4)
    alone.minimise(alone.start(), torch.tensor([1 / 600]), 1.5e-4, 2000)
    assert goes_on < spent[-1], "it saves evaluations against a start from the prior"
