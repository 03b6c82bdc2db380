"""A cell of trees on planted vectors: the tree is found where it is, noise is told, and what is left out is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cache.table import tidy
from probing import tasks
from probing.cells import trees as tree_cell
from probing.cells.work import CellResult, Work
from probing.corpora.sentence import Corpus, Sentence
from probing.errors import BadInput
from probing.measures.gold import Tree, gold_tree
from probing.runs import RunSpec, plan
from probing.settings import Settings
from tests.planted.trees import planted_corpus, vectors
from tests.unit.cells.rows import value

WIDTH = 12
SIZES = {"train": 200, "dev": 40, "test": 60}


def corpus() -> Corpus:
    return planted_corpus(SIZES, WIDTH)


class PlantedReader:
    """Layer 1 holds the tree, f(child) = f(parent) + e_child, turned and stretched; layer 0 is noise. No word w9 has a vector."""

    width = WIDTH
    lacking = "none"

    def __init__(self, text: Corpus) -> None:
        self.sentences = [sentence for split in text.splits.values() for sentence in split]
        draw = np.random.default_rng(1)
        self.mix = np.linalg.qr(draw.normal(size=(WIDTH, WIDTH)))[0] * np.linspace(0.6, 1.6, WIDTH)

    def present(self, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        return np.array([self.sentences[s].words[w].form != self.lacking for s, w in zip(sentence, word, strict=True)])

    def words(self, layer: int, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        if not layer:
            return np.random.default_rng(2).normal(size=(len(word), WIDTH)).astype(np.float32)
        found = {int(s): vectors(_tree(self.sentences[s]), WIDTH) @ self.mix for s in np.unique(sentence)}
        return np.array([found[int(s)][w] for s, w in zip(sentence, word, strict=True)], dtype=np.float32)


class LackingReader(PlantedReader):
    lacking = "w9"


def _tree(sentence: Sentence) -> Tree:
    tree = gold_tree(sentence)
    assert tree is not None
    return tree


def answer(probe: str, read: type[PlantedReader] = PlantedReader, **more: Any) -> CellResult:
    text = corpus()
    asked = {"checkpoints": ("minilm-l6",), "corpus": "grammar", "tasks": ("trees",), "probes": (probe,), "layers": (0, 1)}
    planned = plan(RunSpec.parse(asked | {"seeds": 1, "rank": (WIDTH,)} | more), Settings.read())
    offsets = {"train": 0, "dev": SIZES["train"], "test": SIZES["train"] + SIZES["dev"]}
    labelled = tasks.get_task("trees").label(text)
    reader: Any = read(text)
    return tree_cell.answer(
        Work(planned.cells[0], planned.spec, labelled, text.splits, reader, offsets, None, "cpu", lambda _done, _total: None)
    )


@pytest.fixture(autouse=True)
def quick(store_root: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted vectors bear a larger step than a model's."""
    from probing.solvers import projections

    monkeypatch.setattr(projections, "PUBLISHED", replace(projections.PUBLISHED, rate=2e-2, rounds=30, slower=0.3))
    monkeypatch.setattr(projections, "CONVERGED", replace(projections.PUBLISHED, rate=2e-2, rounds=30, slower=0.3))


def test_the_planted_tree_is_found_and_noise_is_told(quick: None) -> None:
    found = answer("structural")
    assert value(found, "uuas", 1) > 0.99
    assert value(found, "root_accuracy", 1) > 0.97
    assert value(found, "dspr", 1) > 0.95
    assert value(found, "nspr", 1) > 0.9
    assert value(found, "uuas", 0) < 0.45
    chain = value(found, "uuas", -1, baseline="chain")
    kept = [[(word.head - 1, word.upos) for word in s.words] for s in corpus().splits["test"] if s.id.startswith("test")]
    asked = [
        [(i, head) for i, (head, tag) in enumerate(words) if head >= 0 and "PUNCT" not in (tag, words[head][1])] for words in kept
    ]
    arcs = [arc for some in asked for arc in some]
    assert chain == pytest.approx(np.mean([abs(i - j) == 1 for i, j in arcs]))
    assert {row["metric"] for row in found.rows} == {"uuas", "dspr", "root_accuracy", "nspr"}
    assert {row["split"] for row in found.rows} == {"dev", "test"}
    assert set(tidy(found.rows)["unit"]) == {"fraction"}


def test_items_are_sentences_and_add_up_to_the_rows(quick: None) -> None:
    found = answer("structural")
    one = found.items[(found.items["layer"] == 1) & (found.items["split"] == "test")]
    assert one["found"].sum() / one["arcs"].sum() == pytest.approx(value(found, "uuas", 1))
    assert one["root_found"].mean() == pytest.approx(value(found, "root_accuracy", 1))
    assert not set(one["sentence"]) & {3, 4, 5, 6}, "what has no tree of 2 to 200 words is not asked"
    assert len(one) == SIZES["test"] - 4
    assert found.probes[f"1/distance/{WIDTH}/0"].shape == (WIDTH, WIDTH)


def test_what_is_left_out_is_counted_by_its_reason(quick: None) -> None:
    told = "\n".join(answer("structural").notes)
    assert "1 sentences of one word" in told
    assert "1 sentences of more than 200 words" in told
    assert "2 sentences without one tree" in told
    assert "no control task" in told


def test_ranks_and_seeds_have_rows_of_their_own(quick: None) -> None:
    found = answer("structural", rank=(WIDTH, 2), seeds=2, seed=3)
    wide, narrow = (value(found, "uuas", 1, rank=rank) for rank in (WIDTH, 2))
    assert wide == value(found, "uuas", 1)
    assert narrow < wide - 0.1
    assert value(found, "uuas", 1) == pytest.approx(np.mean([value(found, "uuas", 1, seed=seed) for seed in (3, 4)]))
    assert set(found.items["seed"]) == {3, 4}
    assert "0/depth/2/4" in found.probes


def test_the_bounds_hold_and_the_planted_depths_are_held(quick: None) -> None:
    found = answer("topological", as_published=True)
    for layer in (0, 1):
        lower, ordered, sp, upper = (value(found, name, layer) for name in ("ssp_lower", "sp_sorted", "sp", "essp_upper"))
        assert lower <= ordered <= sp <= upper
        assert value(found, "essp", layer) == upper
        items = found.items[found.items["layer"] == layer]
        assert (items["ssp_lower"] <= items["sp"] + 1e-9).all()
        assert (items["sp"] <= items["essp_upper"] + 1e-9).all()
    assert value(found, "sp", 1) < 0.1 < value(found, "sp", -1, baseline="constant")
    assert value(found, "place", 1) < 0.02
    assert value(found, "place", 0) > 0.25
    assert value(found, "place", 1, baseline="random order") == pytest.approx(0.5, abs=0.1)
    published = value(found, "ssp", 1, as_published=True), value(found, "essp", 1, as_published=True)
    assert min(published) >= 0
    assert f"1/essp_as_published/{WIDTH}/0" in found.probes
    plain = answer("topological")
    assert not [row for row in plain.rows if "as_published" in row["setting"]]
    assert f"1/ssp/{WIDTH}/0" in plain.probes


def test_a_sentence_that_lost_a_word_leaves_the_bounds_and_only_the_word_leaves_the_arcs(quick: None) -> None:
    lost = sum(any(word.form == "w9" for word in s.words) for s in corpus().splits["test"] if len(s.words) <= WIDTH)
    assert lost > 5
    arcs, bounds = (answer(probe, LackingReader) for probe in ("structural", "topological"))
    assert len(arcs.items[(arcs.items["layer"] == 1)]) == SIZES["test"] - 4
    assert len(bounds.items[(bounds.items["layer"] == 1)]) == SIZES["test"] - 4 - lost
    assert any(f"{lost} words without a vector" in note and "test" in note for note in arcs.notes)
    assert any(f"{lost} sentences left out" in note and "test" in note for note in bounds.notes)
    assert value(arcs, "uuas", 1) > 0.97


def test_layers_in_turn_are_layers_together(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    together = answer("structural")
    monkeypatch.setattr(tree_cell, "AT_ONCE", 1)
    alone = answer("structural")
    assert value(alone, "uuas", 1) == pytest.approx(value(together, "uuas", 1), abs=0.01)


def test_no_baselines_means_none(quick: None) -> None:
    found = answer("structural", baselines=False)
    assert not [row for row in found.rows if row["layer"] < 0]
    assert not any("control" in note for note in found.notes)


class BlindReader(PlantedReader):
    def present(self, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        return np.asarray(sentence) < SIZES["train"] + SIZES["dev"]


def test_a_test_without_vectors_is_refused_in_a_sentence(quick: None) -> None:
    with pytest.raises(BadInput, match="No test sentence has vectors"):
        answer("structural", BlindReader)
