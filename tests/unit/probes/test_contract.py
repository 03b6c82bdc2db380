"""What every registered family of labels keeps to (docs/architecture.md#adding-something)."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from probing.errors import BadInput
from probing.probes import FittedProbe, ProbeFamily, ProbeOptions, Problem, of_kind, of_labels
from probing.probes.fitted import FEW, Fitted
from probing.solvers import variational

WIDTH, CLASSES = 24, 4
OPTIONS = ProbeOptions(width=16)
DIRECTIONS = np.random.default_rng(0).normal(size=(WIDTH, CLASSES))


def planted(items: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    vectors = np.random.default_rng(seed).normal(size=(items, WIDTH)).astype(np.float32)
    return vectors, (vectors @ DIRECTIONS).argmax(1).astype(np.int32)


TRAIN, TRAIN_LABELS = planted(800, 1)
DEV, DEV_LABELS = planted(300, 2)
TEST, TEST_LABELS = planted(400, 3)
TASK = Problem("task", TRAIN_LABELS, DEV_LABELS, CLASSES, 0)
# Four classes of unlike frequency, drawn without looking at the vectors.
SHARES = np.array([0.5, 0.25, 0.15, 0.1])


def unrelated(items: int) -> np.ndarray:
    return np.random.default_rng(items).choice(CLASSES, items, p=SHARES).astype(np.int32)


NOISE = Problem("control", unrelated(800), unrelated(300), CLASSES, 1)


def fit(family: ProbeFamily, problems: list[Problem]) -> list[FittedProbe]:
    return family.fit(TRAIN, DEV, problems, OPTIONS, lambda _done, _total: None)


def accuracy(probe: FittedProbe, gold: np.ndarray) -> float:
    return float((probe.log2_probabilities(TEST).argmax(1) == gold).mean())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted signal is found in fewer steps than labels of a treebank."""
    monkeypatch.setattr(variational, "ANNEALING", variational.Annealing(steps=0, least=120, samples=2))


@cache
def on_task(name: str) -> FittedProbe:
    """The family's probe of the task, fitted alone; for tests that only look at it."""
    return fit(of_labels(name), [TASK])[0]


@pytest.fixture(params=of_kind("labels"))
def family(request: pytest.FixtureRequest) -> ProbeFamily:
    return of_labels(request.param)


def test_a_planted_signal_is_found(family: ProbeFamily) -> None:
    probe = on_task(family.card.name)
    assert accuracy(probe, TEST_LABELS) > 0.85
    gold = np.take_along_axis(probe.log2_probabilities(DEV), DEV_LABELS[:, None].astype(int), 1)
    assert -gold.mean() == pytest.approx(probe.dev_loss, abs=1e-3)


def test_shuffled_labels_fall_to_chance(family: ProbeFamily) -> None:
    probe = fit(family, [NOISE])[0]
    gold = unrelated(400)
    assert accuracy(probe, gold) < SHARES.max() + 0.08
    entropy = -(SHARES * np.log2(SHARES)).sum()
    loss = -np.take_along_axis(probe.log2_probabilities(TEST), gold[:, None], 1).mean()
    assert entropy - 0.12 < loss < entropy + 0.12  # .12: four deviations of the mean over 400 items


def test_probabilities_add_up_and_none_is_zero(family: ProbeFamily) -> None:
    lacking = Problem("task", np.where(TRAIN_LABELS == 2, 1, TRAIN_LABELS), DEV_LABELS, CLASSES)
    log2p = fit(family, [lacking])[0].log2_probabilities(TEST)
    assert log2p.dtype == np.float32
    assert log2p.shape == (400, CLASSES)
    assert np.exp2(log2p.astype(np.float64)).sum(1) == pytest.approx(np.ones(400), abs=1e-5)
    # A class that train lacks has e/K with e = K/(t + K).
    assert np.exp2(log2p[:, 2]) == pytest.approx(np.full(400, 1 / (800 + CLASSES)), rel=1e-4)


def test_deterministic_under_a_seed(family: ProbeFamily) -> None:
    first, second = on_task(family.card.name), fit(family, [TASK])[0]
    assert first.setting == second.setting
    assert (first.log2_probabilities(TEST) == second.log2_probabilities(TEST)).all()


def test_a_seed_matters_where_the_family_says_so(family: ProbeFamily) -> None:
    other = Problem("task", TRAIN_LABELS, DEV_LABELS, CLASSES, 9)
    first, second = (probe.log2_probabilities(TEST) for probe in (on_task(family.card.name), fit(family, [other])[0]))
    assert (first == second).all() != family.seeded


def test_batched_is_one_at_a_time(family: ProbeFamily) -> None:
    few = Problem("control", np.where(np.arange(800) < 300, TRAIN_LABELS, -1).astype(np.int32), DEV_LABELS, CLASSES, 2)
    problems = [TASK, NOISE, few]
    for together, problem in zip(fit(family, problems), problems, strict=True):
        alone = on_task(family.card.name) if problem is TASK else fit(family, [problem])[0]
        assert together.problem is problem
        assert together.setting == alone.setting
        assert together.dev_loss == pytest.approx(alone.dev_loss, abs=2e-3)
        p, q = (np.exp2(probe.log2_probabilities(TEST)) for probe in (together, alone))
        assert np.abs(p - q).max() < 0.02


def test_a_problem_with_little_dev_takes_the_first_ones_choice(family: ProbeFamily) -> None:
    for left in (0, FEW - 1):
        blind = Problem("control", TRAIN_LABELS, np.where(np.arange(300) < left, DEV_LABELS, -1), CLASSES, 0)
        first, second = fit(family, [NOISE, blind])
        assert first.setting == second.setting
        assert second.problem is blind
        assert np.isnan(second.dev_loss) == (left == 0)


def test_survives_a_round_trip(family: ProbeFamily) -> None:
    probe = on_task(family.card.name)
    setting = json.loads(json.dumps(probe.setting, allow_nan=False))
    assert setting == probe.setting
    assert all(array.dtype == np.float32 for array in probe.state.values())
    restored = Fitted(probe.problem, setting, float("nan"), {name: array.copy() for name, array in probe.state.items()})
    assert np.abs(restored.log2_probabilities(TEST) - probe.log2_probabilities(TEST)).max() < 1e-6


def test_empty_and_one_class_input_is_refused_in_words(family: ProbeFamily) -> None:
    nothing = np.full(800, -1, np.int32)
    with pytest.raises(BadInput, match="no train items"):
        fit(family, [Problem("task", nothing, DEV_LABELS, CLASSES)])
    with pytest.raises(BadInput, match="one label only"):
        fit(family, [TASK, Problem("control", np.zeros(800, np.int32), DEV_LABELS, CLASSES)])
    with pytest.raises(BadInput, match="no dev items"):
        fit(family, [Problem("task", TRAIN_LABELS, np.full(300, -1, np.int32), CLASSES)])
    with pytest.raises(BadInput, match="NaN"):
        family.fit(np.full_like(TRAIN, np.nan), DEV, [TASK], OPTIONS, lambda _done, _total: None)


def test_progress_counts_to_the_end_and_may_cancel(family: ProbeFamily) -> None:
    seen: list[tuple[int, int]] = []
    family.fit(TRAIN, DEV, [TASK, NOISE], OPTIONS, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (2, 2)
    assert seen == sorted(seen)

    def cancel(_done: int, _total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        family.fit(TRAIN, DEV, [TASK], OPTIONS, cancel)


def test_read_only_half_precision_vectors_are_taken(family: ProbeFamily) -> None:
    train = TRAIN.astype(np.float16)
    train.flags.writeable = False
    probe = family.fit(train, DEV.astype(np.float16), [TASK], OPTIONS, lambda _done, _total: None)[0]
    assert accuracy(probe, TEST_LABELS) > 0.85


def test_no_items_to_score_give_no_rows(family: ProbeFamily) -> None:
    assert on_task(family.card.name).log2_probabilities(TEST[:0]).shape == (0, CLASSES)


def test_cards_are_whole(family: ProbeFamily) -> None:
    card = family.card
    assert all((card.title, card.measures, card.assumes, card.misleads, card.source))
    assert "unseen-class rule" in card.assumes
    assert set(family.options) <= set(ProbeOptions.__dataclass_fields__)
