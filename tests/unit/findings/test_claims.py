"""Verdicts of the findings on planted answers: each can fall either way."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from benchmarks.findings import claims
from benchmarks.findings.claims import AGREES, DISAGREES, OPEN
from benchmarks.findings.scores import cola_section, section
from benchmarks.findings.stages import most_tree_like

Scores = dict[tuple[str, int], tuple[float, ...]]


def row(method: str, n: int, seed: int, metric: str, value: float, split: str = "test", half: float = 0.01) -> dict[str, Any]:
    setting = json.dumps({"method": method, "train": n, "steps": 10})
    return {
        "setting": setting, "seed": seed, "metric": metric, "split": split, "value": value, "lower": value - half, "upper": value + half,
    }  # fmt: skip


def answers(scores: Scores) -> Any:
    """A sweep whose test scores (both metrics) are `scores`: (method, size) → a score a seed."""
    rows = [
        row(method, n, seed, metric, value)
        for (method, n), some in scores.items()
        for seed, value in enumerate(some)
        for metric in ("accuracy", "slot_f1")
    ]
    trained = {"parameters": 10, "fraction": 0.1, "head": {"parameters": 3}}
    arms = [
        {"method": method, "size": n, "seed": seed, "diverged": False, "collapsed": False, "trainable": trained}
        for (method, n), some in scores.items()
        for seed in range(len(some))
    ]
    return SimpleNamespace(sweep={"rows": rows, "arms": arms, "rates": {method: 1e-3 for method, _ in scores}})


SMALL = {("bitfit", 64): (0.70, 0.71, 0.70), ("full", 64): (0.50, 0.51, 0.50)}
LARGE = {("bitfit", 1024): (0.80, 0.81, 0.80), ("full", 1024): (0.95, 0.95, 0.96)}
SWAPPED = {("full", 64): SMALL["bitfit", 64], ("bitfit", 64): SMALL["full", 64]}
EVEN = {("bitfit", 1024): (0.80, 0.81, 0.80), ("full", 1024): (0.80, 0.82, 0.79)}


@pytest.mark.parametrize(
    ("scores", "wanted"),
    [
        (SMALL | LARGE, AGREES),
        (SWAPPED | LARGE, DISAGREES),
        (SMALL | EVEN, OPEN),
    ],
)  # fmt: skip
def test_who_leads_on_small_data(scores: Scores, wanted: str) -> None:
    assert {claim.verdict for claim in claims._small_data(answers(scores))} == {wanted}


def test_random_values_against_biases() -> None:
    worse = {("bitfit", 64): (0.7, 0.71), ("random", 64): (0.5, 0.51)}
    assert [one.verdict for one in claims._chosen_values(answers(worse))] == [AGREES]
    better = {("random", 64): (0.7, 0.71), ("bitfit", 64): (0.5, 0.51)}
    assert [one.verdict for one in claims._chosen_values(answers(better))] == [DISAGREES]


def test_no_claim_on_methods_that_were_not_trained() -> None:
    assert claims._subset(answers(SMALL)) + claims._chosen_values(answers(SMALL)) == []


def test_a_part_of_the_biases() -> None:
    name = "bitfit:query+intermediate"
    assert [one.verdict for one in claims._subset(answers({("bitfit", 64): (0.70, 0.71), (name, 64): (0.70, 0.71)}))] == [AGREES]
    assert [one.verdict for one in claims._subset(answers({("bitfit", 64): (0.70, 0.76), (name, 64): (0.72, 0.70)}))] == [OPEN]
    assert [one.verdict for one in claims._subset(answers({("bitfit", 64): (0.70, 0.71), (name, 64): (0.40, 0.41)}))] == [
        DISAGREES
    ]
    assert [one.verdict for one in claims._subset(answers({("bitfit", 64): (0.40, 0.41), (name, 64): (0.70, 0.71)}))] == [AGREES]


@pytest.mark.parametrize(
    ("tree", "full", "wanted"),
    [((0.40, 0.41), (0.30, 0.31), AGREES), ((0.30, 0.31), (0.40, 0.41), DISAGREES), ((0.40, 0.30), (0.35, 0.36), OPEN)],
)
def test_the_tree_loss(tree: tuple[float, float], full: tuple[float, float], wanted: str) -> None:
    cola = [
        {"rows": [row(method, 100, seed, "mcc", value, split) for split in ("test", "test_out_of_domain")]}
        for method, some in (("tree:4", tree), ("full", full))
        for seed, value in enumerate(some)
    ]
    asked: Any = SimpleNamespace(layer=4, cola=cola)
    assert claims._tree(asked).verdict == wanted
    told = "\n".join(cola_section(asked))
    assert "out of domain" in told
    assert f"{tree[0]:.3f}" in told


def test_the_section_of_scores_names_every_size_and_what_collapsed() -> None:
    asked = answers(SMALL | LARGE)
    asked.sweep["arms"][0]["collapsed"] = True
    told = "\n".join(section(asked))
    assert "64 sentences" in told
    assert "1,024 sentences" in told
    assert "Collapsed or diverged, and counted as they are: bitfit at 64, seed 0." in told


def test_the_layer_of_the_tree_loss_is_the_best_on_dev_above_the_embeddings() -> None:
    rows = [
        {"metric": "sp", "split": split, "layer": layer, "value": value}
        for split, values in (("dev", (0.1, 0.9, 0.5)), ("test", (0.1, 0.2, 0.8)))
        for layer, value in enumerate(values)
    ]
    assert most_tree_like(pd.DataFrame(rows)) == 2
