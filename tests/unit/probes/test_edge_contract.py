"""What every registered family of edge probes keeps to (docs/architecture.md#adding-something)."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from probing.errors import BadInput
from probing.probes import EdgeFamily, ProbeOptions, Problem, of_edges, of_kind, of_labels
from probing.probes.edges import FittedEdge
from probing.registry import Card
from probing.runs import RunSpec
from probing.solvers import edges
from probing.solvers.spans import EdgeProblem, SpanBank

WIDTH, CLASSES = 8, 3


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edges, "SCHEDULE", replace(edges.SCHEDULE, batch=128, rounds=20, patience=6, rate=5e-3))


def planted(seed: int, items: int) -> tuple[SpanBank, np.ndarray]:
    """Layer 1 holds what each word says; the label is the sum of both words', modulo 3, so neither alone tells it."""
    draw = np.random.default_rng(seed)
    says = draw.integers(0, CLASSES, items)
    rows = draw.normal(size=(2, items, WIDTH)).astype(np.float32)
    rows[1, :, :CLASSES] += 5 * np.eye(CLASSES, dtype=np.float32)[says]
    begin = draw.integers(0, items, (2, items))
    bank = SpanBank([rows[0].astype(np.float16), rows[1]], [np.stack([one, one + 1], 1) for one in begin])
    return bank, (says[begin[0]] + says[begin[1]]) % CLASSES


TRAIN, GOLD = planted(0, 1500)
DEV, DEV_GOLD = planted(1, 300)
TEST, TEST_GOLD = planted(2, 400)


def problem(*layers: int, seed: int = 0, gold: np.ndarray = GOLD, dev: np.ndarray = DEV_GOLD, name: str = "task") -> EdgeProblem:
    return EdgeProblem(layers, gold, dev, CLASSES, seed, name=name)


def fit(family: EdgeFamily, problems: list[EdgeProblem], train: SpanBank = TRAIN) -> list[FittedEdge]:
    return family.fit(train, DEV, problems, 32, "cpu", lambda _done, _total: None)


def log2p(probe: FittedEdge, bank: SpanBank = TEST) -> np.ndarray:
    return probe.log2_probabilities(probe.logits(bank.of(probe.problem.layers)))


def accuracy(probe: FittedEdge, gold: np.ndarray = TEST_GOLD) -> float:
    return float((log2p(probe).argmax(1) == gold).mean())


@pytest.fixture(params=of_kind("edges"))
def family(request: pytest.FixtureRequest) -> EdgeFamily:
    return of_edges(request.param)


def test_what_both_spans_tell_is_found_and_one_span_cannot_tell_it(family: EdgeFamily) -> None:
    both, noise, mix = fit(family, [problem(1), problem(0), problem(0, 1)])
    assert accuracy(both) > 0.85
    assert accuracy(mix) > 0.85
    assert accuracy(noise) < 0.45
    assert mix.shares.sum() == pytest.approx(1)
    assert mix.shares[1] > 0.7
    first = [bank.rows[1][bank.ends[0][:, 0]] for bank in (TRAIN, DEV, TEST)]
    linear = of_labels("linear").fit(
        first[0],
        first[1],
        [Problem("task", GOLD.astype(np.int32), DEV_GOLD.astype(np.int32), CLASSES)],
        ProbeOptions(),
        lambda _done, _total: None,
    )[0]
    assert (linear.log2_probabilities(first[2]).argmax(1) == TEST_GOLD).mean() < 0.45


def test_shuffled_labels_fall_to_chance(family: EdgeFamily) -> None:
    draw = np.random.default_rng(3)
    probe = fit(family, [problem(1, gold=draw.permutation(GOLD), dev=draw.permutation(DEV_GOLD))])[0]
    assert accuracy(probe) < 1 / CLASSES + 0.1
    assert -log2p(probe)[np.arange(400), TEST_GOLD].mean() == pytest.approx(np.log2(CLASSES), abs=0.1)


def test_packed_is_one_at_a_time(family: EdgeFamily) -> None:
    asked = [problem(1), problem(0, 1, seed=1), problem(1, gold=np.roll(GOLD, 1), name="control")]
    for one, together in zip(asked, fit(family, asked), strict=True):
        alone = fit(family, [one])[0]
        assert np.abs(log2p(together) - log2p(alone)).mean() < 0.2
        assert accuracy(together) == pytest.approx(accuracy(alone), abs=0.03)


def test_deterministic_under_a_seed_and_another_seed_is_another_probe(family: EdgeFamily) -> None:
    one, two, other = (fit(family, [problem(1, seed=seed)])[0] for seed in (0, 0, 1))
    assert np.array_equal(log2p(one), log2p(two))
    assert not np.array_equal(log2p(one), log2p(other))


def test_probabilities_add_up_and_none_is_zero(family: EdgeFamily) -> None:
    lacking = np.where(GOLD == 2, 1, GOLD)
    found = log2p(fit(family, [problem(1, gold=lacking, dev=np.where(DEV_GOLD == 2, 1, DEV_GOLD))])[0])
    assert found.dtype == np.float32
    assert np.exp2(found.astype(np.float64)).sum(1) == pytest.approx(np.ones(len(TEST)), abs=1e-5)
    assert np.exp2(found[:, 2]).min() >= 1 / (1500 + CLASSES) * (1 - 1e-4)
    assert np.exp2(found[:, 2]).mean() < 0.02


def test_a_probe_survives_what_is_stored(family: EdgeFamily) -> None:
    probe = fit(family, [problem(0, 1)])[0]
    again = FittedEdge(probe.problem, {}, float("nan"), {name: array.copy() for name, array in probe.state.items()})
    assert np.array_equal(again.logits(TEST), probe.logits(TEST))
    assert np.array_equal(again.shares, probe.shares)
    # Read out with NumPy as the solver read it: dev's loss is the solver's own.
    logits, target = probe.logits(DEV).astype(np.float64), np.eye(CLASSES)[DEV_GOLD]
    bits = (np.logaddexp(0, logits) - logits * target).sum(1).mean() / np.log(2)
    assert bits == pytest.approx(probe.dev_loss, rel=1e-4)


def test_too_little_dev_takes_the_steps_of_the_task(family: EdgeFamily) -> None:
    nothing = np.full(len(DEV_GOLD), -1)
    task, control = fit(family, [problem(1), problem(1, dev=nothing, name="control")])
    assert control.setting["steps"] == task.setting["steps"]
    assert accuracy(control) > 0.8, "the same labels, trained for as long"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (problem(1, gold=np.full(1500, -1)), "no train items"),
        (problem(1, gold=np.zeros(1500, int)), "one label only"),
        (problem(1, dev=np.full(300, -1)), "no dev items"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(family: EdgeFamily, asked: EdgeProblem, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        fit(family, [asked])


def test_broken_vectors_are_refused_in_words(family: EdgeFamily) -> None:
    with pytest.raises(BadInput, match="NaN"):
        fit(family, [problem(0)], SpanBank([np.full_like(TRAIN.rows[0], np.nan), TRAIN.rows[1]], TRAIN.ends))


def test_cards_are_whole(family: EdgeFamily) -> None:
    card = family.card
    assert all((card.title, card.measures, card.assumes, card.misleads, card.source))
    assert Card(**json.loads(json.dumps(asdict(card)))) == card
    assert set(family.options) <= set(RunSpec.model_fields)
    assert family.cost > 0


def test_a_family_is_of_one_kind() -> None:
    with pytest.raises(ValueError, match="edges"):
        of_labels("edge")
    with pytest.raises(ValueError, match="labels"):
        of_edges("linear")
