"""A run of regression and conditional probes on planted vectors, put into a store as the engine would put it there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cache.store import Store
from probing import tasks
from probing.cells import conditional as conditional_cell
from probing.cells import numbers as number_cell
from probing.cells.work import BaselineVectors, Work
from probing.corpora.sentence import Corpus
from probing.runs import RunSpec, plan
from probing.settings import Settings
from probing.tasks.task import Items, Labelled
from tests.planted import record
from tests.planted.words import SIZES, PlantedReader, corpus


class LongReader(PlantedReader):
    """A sentence's vector carries the number of its nouns at layer 1."""

    def sentence_vectors(self, layer: int, sentence: np.ndarray) -> np.ndarray:
        rows = np.random.default_rng(layer).normal(size=(len(sentence), 6)).astype(np.float32)
        rows[:, 0] += 5 * layer * np.array([nouns(self.sentences[s].words) for s in sentence])
        return rows


def nouns(words: Any) -> int:
    return sum(word.upos == "NOUN" for word in words)


def counted(text: Corpus) -> Labelled:
    splits = {}
    for name, sentences in text.splits.items():
        whole = np.full(len(sentences), -1, np.int32)
        number = np.array([nouns(one.words) for one in sentences], dtype=np.float64)
        splits[name] = Items(np.arange(len(sentences), dtype=np.int32), whole, (number > 1).astype(np.int32), number=number)
    return Labelled("sentence_length", "sentence", ("few", "many"), splits)


def fill(store: Store) -> str:
    """Save the run; returns its id. Tasks: sentence_length (of nouns, in truth) by regression, upos given layer 0."""
    text = corpus()
    asked = {"checkpoints": ("minilm-l6",), "corpus": "grammar", "tasks": ("sentence_length", "upos"), "layers": (0, 1)}
    planned = plan(RunSpec.parse(asked | {"probes": ("regression", "conditional"), "seeds": 1}), Settings.read())
    offsets = {"train": 0, "dev": SIZES["train"], "test": SIZES["train"] + SIZES["dev"]}
    reader: Any = LongReader(text)
    planted = record.PlantedRun(store, planned.run)
    for cell in planned.cells:
        if (cell.task, cell.probe) == ("sentence_length", "conditional"):
            continue
        labelled = counted(text) if cell.task == "sentence_length" else tasks.get_task("upos").label(text)
        work = Work(
            cell,
            planned.spec,
            labelled,
            text.splits,
            reader,
            offsets,
            BaselineVectors(reader, 0) if cell.conditional else None,
            "cpu",
            lambda _done, _total: None,
        )
        answer = (conditional_cell if cell.conditional else number_cell).answer(work)
        planted.cell(
            cell.checkpoint.name, cell.task, cell.probe, answer.rows, answer.items, answer.probes, answer.notes, id=cell.id
        )
    sentences = [
        {"task": "", "split": "test", "sentence": i, "id": s.id, "forms": list(s.forms)}
        for i, s in enumerate(text.splits["test"])
    ]
    answered = [
        record.task("sentence_length", "surface", "sentence", ("few", "many")),
        record.task("upos", "syntax", "word", ("ADJ", "NOUN", "VERB")),
    ]
    return planted.save("planted · families", planned.spec, answered, record.planned(planned, 1, 6), pd.DataFrame(sentences))
