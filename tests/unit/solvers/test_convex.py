"""The convex solver against scikit-learn's objective, and on the data that break naive ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from probing.solvers import convex, softmax_objective
from probing.solvers.arithmetic import products
from probing.solvers.convex import Softmax
from probing.solvers.design import Design
from probing.solvers.softmax_objective import SoftmaxObjective
from probing.solvers.standardise import Standardiser


def evaluate(group: Softmax, theta: torch.Tensor, penalty: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Objective [P] (fp64, nats) and gradient [P, K, R+1] at `theta` and `penalty` [P], in fp32 products."""
    loss, gradient = torch.zeros(len(theta), dtype=torch.float64), torch.zeros_like(theta)
    with products("exact"):
        for subsets in group.subsets():
            objective = SoftmaxObjective(group.design, group.labels, group.classes, subsets, penalty)
            every = torch.arange(len(objective.problems))
            loss[objective.problems], gradient[objective.problems] = objective.evaluate(objective.finite(theta), every)
    return loss, gradient


def design(vectors: np.ndarray) -> Design:
    return Design(vectors, Standardiser.of(vectors), "cpu")


def case(seed: int, items: int, width: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    vectors = (draw.normal(size=(items, width)) @ draw.normal(size=(width, width))).astype(np.float32)
    logits = vectors @ draw.normal(size=(width, classes)) / width
    labels = (logits + draw.gumbel(size=logits.shape)).argmax(1).astype(np.int32)
    return vectors, labels


def objective(vectors: np.ndarray, labels: np.ndarray, weights: np.ndarray, bias: np.ndarray, penalty: float) -> float:
    """In double precision and without a trick, as the reference."""
    rows = Standardiser.of(vectors).apply(vectors).astype(np.float64)
    kept = labels >= 0
    logits = (rows @ weights.astype(np.float64) + bias)[kept]
    top = logits.max(1, keepdims=True)
    nats = np.log(np.exp(logits - top).sum(1)) + top[:, 0] - logits[np.arange(len(logits)), labels[kept]]
    return float(nats.mean() + penalty / 2 * (weights.astype(np.float64) ** 2).sum())


def solved(
    vectors: np.ndarray, labels: list[np.ndarray], classes: int, penalties: list[float]
) -> list[tuple[np.ndarray, np.ndarray]]:
    group = Softmax(design(vectors), labels, classes)
    theta, _ = group.minimise(group.start(), torch.tensor(penalties), 1e-6, 2000)
    return [group.design.unrotated(one) for one in theta]


def test_gradient_is_that_of_autograd() -> None:
    vectors, labels = case(0, 50, 4, 3)
    some = np.where(np.arange(50) % 3 == 0, -1, labels).astype(np.int32)
    group = Softmax(design(vectors), [labels, some], 3)
    theta = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0))
    penalty = torch.tensor([0.1, 0.01])
    loss, gradient = evaluate(group, theta, penalty)
    free = theta.clone().requires_grad_()
    expected = []
    for p, y in enumerate((labels, some)):
        kept = torch.from_numpy(np.flatnonzero(y >= 0))
        logits = group.design.rows[kept] @ free[p].T
        nats = torch.nn.functional.cross_entropy(logits, torch.from_numpy(y.astype(np.int64))[kept])
        expected.append(nats + penalty[p] / 2 * free[p, :, :-1].square().sum())
    torch.stack(expected).sum().backward()
    assert loss.tolist() == pytest.approx([x.item() for x in expected], rel=1e-5)
    assert free.grad is not None
    assert torch.allclose(gradient, free.grad, atol=1e-5)


@pytest.mark.parametrize(("items", "width", "classes", "strength"), [(400, 20, 4, 1.0), (60, 90, 3, 0.1), (300, 10, 2, 30)])
def test_reaches_the_optimum_of_scikit_learn(items: int, width: int, classes: int, strength: float) -> None:
    from sklearn.linear_model import LogisticRegression

    vectors, labels = case(1, items, width, classes)
    rows = Standardiser.of(vectors).apply(vectors)
    penalty = 1 / (strength * items)
    reference = LogisticRegression(C=strength, tol=1e-8, max_iter=5000).fit(rows, labels)
    weights, bias = solved(vectors, [labels], classes, [penalty])[0]
    ours = objective(vectors, labels, weights, bias, penalty)
    if classes == 2:
        # Its two-class form has one column w; ours splits it evenly, at half the squared norm.
        reference = LogisticRegression(C=2 * strength, tol=1e-8, max_iter=5000).fit(rows, labels)
        theirs_weights = np.hstack([-reference.coef_.T, reference.coef_.T]) / 2
        theirs_bias = np.concatenate([-reference.intercept_, reference.intercept_]) / 2
    else:
        theirs_weights, theirs_bias = reference.coef_.T, reference.intercept_
    theirs = objective(vectors, labels, theirs_weights, theirs_bias, penalty)
    assert ours == pytest.approx(theirs, rel=1e-3)
    agree = ((rows @ weights + bias).argmax(1) == (rows @ theirs_weights + theirs_bias).argmax(1)).mean()
    assert agree >= 0.995


def test_batched_is_one_at_a_time() -> None:
    vectors, labels = case(2, 200, 12, 4)
    draw = np.random.default_rng(0)
    half = np.where(draw.random(200) < 0.5, labels, -1).astype(np.int32)
    shuffled = draw.permutation(labels)
    problems, penalties = [labels, half, shuffled], [1e-3, 1e-2, 1e-1]
    together = solved(vectors, problems, 4, penalties)
    for (weights, bias), problem, penalty in zip(together, problems, penalties, strict=True):
        alone, alone_bias = solved(vectors, [problem], 4, [penalty])[0]
        rows = Standardiser.of(vectors).apply(vectors)
        assert np.abs((rows @ weights + bias) - (rows @ alone + alone_bias)).max() < 0.05
        ours, single = (objective(vectors, problem, w, b, penalty) for w, b in ((weights, bias), (alone, alone_bias)))
        assert ours == pytest.approx(single, rel=1e-5)


def test_nested_subsets_of_two_seeds_are_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(softmax_objective, "NEAR", 32)
    monkeypatch.setattr(softmax_objective, "CHUNK", 64 * 4 * 6)  # many chunks, some of which end within a problem
    vectors, labels = case(8, 900, 10, 4)
    problems = [labels]
    for seed in (0, 1):
        order = np.random.default_rng(seed).permutation(900)
        for size in (450, 225, 100, 40):
            for answer in (labels, np.roll(labels, 1)):
                problems.append(np.where(np.isin(np.arange(900), order[:size]), answer, -1).astype(np.int32))
    penalties = [1e-2 + 1e-3 * i for i in range(len(problems))]
    scaler = Standardiser.of(vectors)
    whole = Design(vectors, scaler, "cpu")
    group = Softmax(whole, problems, 4)
    theta, _ = group.minimise(group.start(), torch.tensor(penalties), 1e-5, 2000)
    for found, problem, penalty in zip(theta, problems, penalties, strict=True):
        single = Softmax(whole, [problem], 4)
        alone, _ = single.minimise(single.start(), torch.tensor([penalty]), 1e-5, 2000)
        ours, theirs = (float(evaluate(single, x, torch.tensor([penalty]))[0]) for x in (found[None], alone))
        assert ours == pytest.approx(theirs, rel=1e-5)


@pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-4])
@pytest.mark.parametrize("split", [False, True])
def test_the_loss_is_as_near_the_optimum_as_asked(tolerance: float, split: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where products are rounded, which is done on machines that are fast at those."""
    monkeypatch.setattr(convex, "rounds", lambda _device: split)
    draw = np.random.default_rng(11)
    vectors = (draw.normal(size=(1500, 60)) * 1.3 ** -np.arange(60)).astype(np.float32)
    labels = (vectors @ draw.normal(size=(60, 7)) * 3 + draw.gumbel(size=(1500, 7))).argmax(1).astype(np.int32)
    problems = [labels, draw.permutation(labels), np.where(np.arange(1500) < 300, labels, -1).astype(np.int32)]
    group, penalty = Softmax(design(vectors), problems, 7), torch.tensor([1 / 1500, 1 / 1500, 1 / 300])
    best = evaluate(group, group.minimise(group.start(), penalty, 1e-7, 3000)[0], penalty)[0]
    found = evaluate(group, group.minimise(group.start(), penalty, tolerance, 3000)[0], penalty)[0]
    assert (found / best - 1 < tolerance).all()


def test_problems_beyond_the_memory_wait_and_come_out_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, labels = case(10, 200, 8, 3)
    problems = [np.where(np.arange(200) < n, labels, -1).astype(np.int32) for n in (50, 200, 100, 200)]
    penalties = [1e-2] * 4
    together = solved(vectors, problems, 3, penalties)
    monkeypatch.setattr(convex, "STATE", 1)
    for (weights, bias), (one, its) in zip(together, solved(vectors, problems, 3, penalties), strict=True):
        np.testing.assert_allclose(weights, one, atol=5e-3)
        np.testing.assert_allclose(bias, its, atol=5e-3)


def test_a_mask_is_the_same_as_leaving_items_out() -> None:
    vectors, labels = case(3, 300, 8, 3)
    masked = labels.copy()
    masked[200:] = -1
    scaler = Standardiser.of(vectors)
    penalty = torch.tensor([1e-3])
    losses = []
    for rows, y in ((vectors, masked), (vectors[:200], labels[:200])):
        group = Softmax(Design(rows, scaler, "cpu"), [y], 3)
        theta, _ = group.minimise(group.start(), penalty, 1e-7, 2000)
        losses.append(float(evaluate(group, theta, penalty)[0]))
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_a_class_absent_from_train_gets_no_probability() -> None:
    vectors, labels = case(4, 100, 6, 3)
    weights, bias = solved(vectors, [labels], 5, [1e-2])[0]
    assert (bias[3:] == -np.inf).all()
    assert (weights[:, 3:] == 0).all()
    assert np.isfinite(bias[:3]).all()
    assert np.isfinite(weights).all()
    plain = solved(vectors, [labels], 3, [1e-2])[0]
    assert weights[:, :3] == pytest.approx(plain[0], abs=1e-2)


@pytest.mark.parametrize("penalty", [10.0, 1e-2, 1e-6, 1e-9])
def test_hard_vectors_give_numbers(penalty: float) -> None:
    # Separable, fewer items than dimensions, a constant column, a duplicate one and one a million times larger.
    draw = np.random.default_rng(5)
    vectors = draw.normal(size=(30, 50)).astype(np.float32)
    labels = (vectors[:, 0] > 0).astype(np.int32)
    vectors[:, 1], vectors[:, 2], vectors[:, 3] = 7, vectors[:, 0], vectors[:, 3] * 1e6
    weights, bias = solved(vectors, [labels], 2, [penalty])[0]
    assert np.isfinite(weights).all()
    assert np.isfinite(bias).all()
    assert np.abs(weights[1]).max() < 1e-6
    assert weights[2] == pytest.approx(weights[0], abs=1e-2 * float(np.abs(weights).max()) + 1e-6)
    if penalty < 1:
        assert ((Standardiser.of(vectors).apply(vectors) @ weights + bias).argmax(1) == labels).all()


def test_vectors_that_say_nothing_leave_the_prior() -> None:
    labels = np.array([0, 0, 0, 1], np.int32)
    weights, bias = solved(np.full((4, 3), 2.0, np.float32), [labels], 2, [1e-6])[0]
    assert (weights == 0).all()
    assert np.exp(bias) == pytest.approx([0.75, 0.25])


def test_a_tick_may_cancel() -> None:
    vectors, labels = case(6, 50, 4, 3)
    group = Softmax(design(vectors), [labels], 3)

    def cancel() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        group.minimise(group.start(), torch.tensor([1e-3]), 1e-6, 100, cancel)


def test_loss_of_other_items_by_hand() -> None:
    vectors, labels = case(7, 40, 3, 2)
    group = Softmax(design(vectors), [labels], 2)
    start = group.start()
    dev = group.design.rotated(vectors[:3])
    gold = torch.tensor([[0, -1, 1]])
    share, prior = 0.1, np.bincount(labels) / 40
    bits = group.bits(start, dev, gold, torch.tensor([share]), torch.tensor([2]))
    expected = -np.log2(0.9 * prior + 0.05).mean()
    assert float(bits) == pytest.approx(expected, rel=1e-5)


def test_readings_have_few_lengths_and_end_with_problems() -> None:
    sizes = [24_314, 24_314, 12_157, 6_078, 49]
    found = softmax_objective.row_chunks(sizes, 17)
    assert [begin for begin, _ in found] == [0, *(end for _, end in found[:-1])]
    assert found[-1][1] == sizes[0]
    assert all((end - begin).bit_count() == 1 for begin, end in found[:-1])
    for size in sizes[:-1]:
        assert min(abs(end - size) for _, end in found) < softmax_objective.NEAR
