"""The task asked of whole sentences: their dependency trees."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from probing.corpora.conllu import fault_of_tree
from probing.corpora.sentence import Corpus, Sentence
from probing.errors import BadInput
from probing.tasks.task import TASKS, Items, Labelled, Level, Task

LONGEST = 200  # words; the arrays of distances grow with their square


@dataclass(frozen=True, kw_only=True)
class TreeTask(Task):
    """An item is a sentence with one tree; its answer is that tree, so there are no classes and every label is -1."""

    level: Level = "tree"

    def label(self, corpus: Corpus) -> Labelled:
        name, left = self.name, Counter[str]()
        splits: dict[str, Items] = {}
        for split, sentences in corpus.splits.items():
            faults = [_fault(sentence) for sentence in sentences]
            left.update(fault for fault in faults if fault)
            whole = np.array([number for number, fault in enumerate(faults) if fault is None], dtype=np.int32)
            splits[split] = Items(whole, np.full(len(whole), -1, np.int32), np.full(len(whole), -1, np.int32))
        if not len(splits["train"]):
            raise BadInput(
                f"{name} needs sentences of 2 to {LONGEST} words with a tree, and train of {corpus.name} has none: take a treebank "
                "with heads, or another task."
            )
        empty = next((split for split, items in splits.items() if not len(items)), None)
        if empty:
            raise BadInput(
                f"{name} finds nothing to label in the {empty} split of {corpus.name}: give sentences of 2 to {LONGEST} words with a tree."
            )
        notes = tuple(f"{name}: {count:,} sentences {fault} were left out." for fault, count in left.items())
        return Labelled(name, "tree", (), splits, notes)


def _fault(sentence: Sentence) -> str | None:
    """Why a sentence cannot be asked for its tree, or None."""
    heads = [word.head for word in sentence.words]
    if len(heads) > LONGEST:
        return f"of more than {LONGEST} words"
    if not heads or heads[0] == -1 or fault_of_tree(heads):
        return "without one tree (no heads, several roots or a cycle)"
    return "of one word" if len(heads) == 1 else None


TASKS.register(
    TreeTask(
        name="trees",
        title="Dependency trees",
        asks="Which words are joined in the tree?",
        measures="The unlabelled dependency tree of each sentence, from the vectors of its words; asked by the tree probes, "
        "structural and topological.",
        assumes="Gold heads with one root a sentence; sentences of 2 to 200 words, punctuation by its tag PUNCT. There is no "
        "control task: its labels would have to be random trees, so the random-weights checkpoint is the control.",
        misleads="Word order alone gives nearly half of the arcs: read every number beside the linear chain.",
        source="Hewitt & Manning 2019 (aclanthology.org/N19-1419)",
    )
)
