"""A finished run of trees: layer 1 of minilm-l6 holds them, layer 0 and the random twin hold noise. Real cells, fitted on made vectors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cache.keys import sentence_key
from cache.store import Store
from probing import tasks
from probing.cells import trees as tree_cell
from probing.cells.work import Work
from probing.corpora.sentence import Sentence
from probing.extraction import collection
from probing.measures.gold import gold_tree
from probing.runs import RunSpec, plan
from probing.settings import Settings
from probing.solvers import projections
from tests.planted import record
from tests.planted.trees import planted_corpus, vectors

WIDTH, RANKS = 10, (10, 2)
SIZES = {"train": 120, "dev": 30, "test": 40}
SCRIPT = "<script>alert(1)</script>"
LACKING = 9  # the 0-based word of the first test sentence that is long enough, which has no vector


def fill(root: Path, monkeypatch: pytest.MonkeyPatch, families: tuple[str, ...] = ("structural", "topological")) -> str:
    """Save the run and the vectors of its sentences; returns its id."""
    quick = replace(projections.PUBLISHED, rate=2e-2, rounds=15, slower=0.3)
    for name in ("PUBLISHED", "CONVERGED"):
        monkeypatch.setattr(projections, name, quick)
    store, text = Store(root), planted_corpus(SIZES, WIDTH)
    asked = {"checkpoints": ("minilm-l6",), "corpus": "grammar", "tasks": ("trees",), "probes": families, "layers": (0, 1)}
    planned = plan(RunSpec.parse(asked | {"seeds": 1, "rank": RANKS}), Settings.read())
    labelled = tasks.get_task("trees").label(text)
    sentences = [_dangerous(sentence) for split in text.splits.values() for sentence in split]
    offsets = {"train": 0, "dev": SIZES["train"], "test": SIZES["train"] + SIZES["dev"]}
    lacking = next(s for s in range(offsets["test"], len(sentences)) if len(sentences[s].words) == WIDTH)
    planted = record.PlantedRun(store, planned.run)
    for checkpoint in planned.checkpoints:
        vectors_of = collection(store, checkpoint, "mean", planned.spec.precision)
        _write(vectors_of, sentences, lacking, checkpoint.random_seed is None)
        reader = vectors_of.reader([sentence_key(sentence.forms) for sentence in sentences])
        for cell in (cell for cell in planned.cells if cell.checkpoint is checkpoint):
            work = Work(cell, planned.spec, labelled, text.splits, reader, offsets, None, "cpu", lambda _done, _total: None)
            answer = tree_cell.answer(work)
            planted.cell(checkpoint.name, "trees", cell.probe, answer.rows, answer.items, answer.probes, answer.notes, id=cell.id)
        reader.close()
    texts = [
        {
            "split": "test",
            "sentence": number,
            "id": sentence.id,
            "forms": list(sentence.forms),
            "heads": [word.head for word in sentence.words],
            "upos": [word.upos for word in sentence.words],
        }
        for number, sentence in enumerate(sentences[offsets["test"] :])
    ]
    return planted.save(
        "planted · trees",
        planned.spec,
        [record.task("trees", "syntax", "tree", ())],
        record.planned(planned, 1, WIDTH),
        pd.DataFrame(texts),
        notes=["trees: there is no control task."],
    )


def _dangerous(sentence: Sentence) -> Sentence:
    """The sentence with its name in its first word, so that each is a text of its own, and markup in its second."""
    first, *others = sentence.words
    named = type(first)(f"{sentence.id}-{first.form}", *_rest(first))
    if others:
        others[0] = type(first)(SCRIPT, *_rest(others[0]))
    return Sentence(sentence.id, (named, *others))


def _rest(word: object) -> tuple[object, ...]:
    return tuple(getattr(word, name) for name in ("lemma", "upos", "xpos", "feats", "head", "deprel"))


def _write(kept: object, sentences: list[Sentence], lacking: int, knows: bool) -> None:
    draw = np.random.default_rng(1)
    mix = np.linalg.qr(draw.normal(size=(WIDTH, WIDTH)))[0]
    counts = [len(sentence.words) for sentence in sentences]
    noise = draw.normal(size=(sum(counts), WIDTH)).astype(np.float32)
    trees = [gold_tree(sentence) if 1 < len(sentence.words) <= WIDTH else None for sentence in sentences]
    planted = [np.ones((n, WIDTH)) if tree is None else vectors(tree, WIDTH) @ mix for tree, n in zip(trees, counts, strict=True)]
    present = np.ones(sum(counts), dtype=bool)
    present[sum(counts[:lacking]) + LACKING] = False
    top = np.concatenate(planted).astype(np.float32) if knows else noise
    keys = [sentence_key(sentence.forms) for sentence in sentences]
    whole = np.zeros((len(sentences), WIDTH), np.float32)
    kept.write_shard(keys, counts, present, [noise, top], [whole, whole])  # type: ignore[attr-defined]
