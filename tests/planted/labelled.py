"""A run of linear probes on planted vectors of words and sentences, and a process that reads typed sentences as the vectors were planted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cache.keys import SCHEMA, sentence_key
from cache.store import Store
from probing import tasks
from probing.cells import labels as label_cell
from probing.cells.work import Work
from probing.execution.client import Question
from probing.records import stored
from probing.runs import RunSpec, plan
from probing.settings import Settings
from tests.planted import record
from tests.planted.families import LongReader, counted
from tests.planted.words import FORMS, SIZES, corpus

CLASSES = ("ADJ", "NOUN", "VERB")
TASKS = {"upos": ("syntax", "word", CLASSES), "sentence_length": ("surface", "sentence", ("few", "many"))}
OTHER = "random:minilm-l6@7"
MISREAD = "runs"  # the verb that the second checkpoint takes for a noun at layer 1


def fill(store: Store) -> str:
    """Save the run of minilm-l6 and OTHER, whose probes are the same; returns its id."""
    text = corpus()
    asked = {"checkpoints": ("minilm-l6", OTHER), "corpus": "grammar", "tasks": tuple(TASKS), "layers": (0, 1)}
    planned = plan(RunSpec.parse(asked | {"probes": ("linear",), "seeds": 1, "baselines": False}), Settings.read())
    offsets = {"train": 0, "dev": SIZES["train"], "test": SIZES["train"] + SIZES["dev"]}
    reader: Any = LongReader(text)
    planted, answers = record.PlantedRun(store, planned.run, "grammar"), dict[str, Any]()
    for cell in planned.cells:
        labelled = counted(text) if cell.task == "sentence_length" else tasks.get_task("upos").label(text)
        work = Work(cell, planned.spec, labelled, text.splits, reader, offsets, None, "cpu", lambda _done, _total: None)
        answer = answers.setdefault(cell.task, None) or label_cell.answer(work)
        answers[cell.task] = answer
        planted.cell(cell.checkpoint.name, cell.task, cell.probe, answer.rows, answer.items, answer.probes, id=cell.id)
    sentences = [
        {"task": "", "split": "test", "sentence": i, "id": s.id, "forms": list(s.forms)}
        for i, s in enumerate(text.splits["test"])
    ]
    answered = [record.task(name, group, level, classes) for name, (group, level, classes) in TASKS.items()]
    return planted.save("planted · labels", planned.spec, answered, record.planned(planned, 1, 6), pd.DataFrame(sentences))


def read(store: Store, *sentences: tuple[str, ...]) -> None:
    """Put these sentences' vectors into the store, so that no model is asked."""
    for run in stored.runs(store):
        for one in run.checkpoints:
            for forms in sentences:
                spec = run.spec
                asked = Question(one.name, (), one.fingerprint, forms, spec.pooling, spec.precision, spec.submodule)
                Reader()(store, "cpu", asked, lambda _stage: None)


class Reader:
    """In place of `client.ask`: layer 1 of a known word carries its tag, as in the run; words in `lacking` have no vector."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.lacking: set[str] = set()

    def __call__(self, store: Store, device: str, question: Question, tell: Any, patience: float = 0) -> dict[str, Any]:
        self.asked.append(question)
        tell("loading the model")
        facts = {"schema": SCHEMA, "checkpoint": question.fingerprint, "pooling": question.pooling}
        facts |= {"precision": question.precision, "submodule": question.submodule}
        tags = np.array([self._tag(form, question.name) for form in question.forms])
        top = 4 * np.eye(6, dtype=np.float32)[tags]
        whole = np.zeros((2, 1, 6), np.float32)
        whole[1, 0, 0] = 5 * (tags == list(FORMS).index("NOUN")).sum()
        there = np.array([form not in self.lacking for form in question.forms])
        store.collection(facts).write_shard(
            [sentence_key(question.forms)], [len(tags)], there, [np.zeros_like(top), top], [*whole]
        )
        return {"loads": 1, "forward_passes": 1}

    def _tag(self, form: str, checkpoint: str) -> int:
        tag = next((tag for tag, forms in FORMS.items() if form in forms), "ADJ")
        return list(FORMS).index("NOUN" if form == MISREAD and checkpoint == OTHER else tag)
