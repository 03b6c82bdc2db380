"""One cell of trees: fit a family on whole sentences at every layer of one checkpoint, and score it once on the test splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cache.activations import Reader
from probing import probes
from probing.cells.work import CellResult, Draft, Work
from probing.errors import BadInput
from probing.measures.gold import Tree, gold_tree
from probing.probes.fitted import Ticker
from probing.probes.trees import Bank, Start, TreeScore
from probing.runs import Cell, RunSpec
from probing.tasks.task import Items

AT_ONCE = 2_000_000_000  # bytes of vectors that are trained on at a time; layers beyond them wait


@dataclass(frozen=True)
class _Split:
    """Sentences whose trees are scored: `sentence` [S] of the split; `position` [N] (of the reader) and `word` [N] of their words."""

    trees: list[Tree]
    sentence: np.ndarray
    position: np.ndarray
    word: np.ndarray
    words_left: int
    sentences_left: int

    def rows(self, reader: Reader, layer: int) -> np.ndarray:
        """[N, D] fp32."""
        return reader.words(layer, self.position, self.word)

    def by_sentence(self, rows: np.ndarray) -> list[np.ndarray]:
        """[N, R] → S × [n, R]."""
        return np.split(rows, np.cumsum([len(tree) for tree in self.trees])[:-1])


def answer(work: Work) -> CellResult:
    """Fit and score.

    Early stopping reads dev; each test split is scored once. What is stored of the probes: LAYER/AIM/RANK/SEED [D, R]; the items are a
    row a sentence, of the first rank.
    """
    cell, spec, labelled, reader = work.cell, work.spec, work.labelled, work.reader
    family = probes.of_trees(cell.probe)
    splits = {
        name: _usable(work.sentences[name], items, reader, work.offsets[name], family.whole)
        for name, items in labelled.splits.items()
    }
    scored = {name: split for name, split in splits.items() if name != "train" and split.trees}
    if scored.keys() <= {"dev"}:
        raise BadInput(
            f"No test sentence has vectors for its words from {cell.checkpoint.name}, so no tree can be scored: take more."
        )
    train, dev = splits["train"], splits["dev"]
    ranks, seeds = spec.ranks("tree"), range(spec.seed, spec.seed + spec.seeds)
    aims = family.aims(spec.as_published)
    ticker = Ticker(work.progress, len(cell.layers) * len(ranks) * len(seeds) * len(aims))

    draft = Draft(work, work.labelled.notes)

    def add(layer: int, split: str, found: Sequence[TreeScore], setting: dict[str, Any], seed: int | None = None) -> None:
        for one in found:
            draft.add(layer, split, one.metric, one.score, one.setting | setting, seed)

    together = max(1, AT_ONCE // max(1, (len(train.word) + len(dev.word)) * reader.width * 4))
    for begin in range(0, len(cell.layers), together):
        layers = cell.layers[begin : begin + together]
        banks = [Bank(split.trees, [split.rows(reader, layer) for layer in layers]) for split in (train, dev)]
        starts = [Start(index, rank, seed) for index in range(len(layers)) for rank in ranks for seed in seeds]
        fitted = dict(zip(starts, family.fit(banks[0], banks[1], starts, aims, work.device, ticker), strict=True))
        del banks
        for index, layer in enumerate(layers):
            own = {(rank, seed): fitted[Start(index, rank, seed)] for rank in ranks for seed in seeds}
            draft.store(
                str(layer), {f"{aim}/{rank}/{seed}": b for (rank, seed), probe in own.items() for aim, b in probe.items()}
            )
            for name, split in scored.items():
                vectors = split.rows(reader, layer)
                for rank in ranks:
                    read = [{aim: split.by_sentence(vectors @ b) for aim, b in own[rank, seed].items()} for seed in seeds]
                    counts = [family.read(split.trees, words) for words in read]
                    found = family.scores(counts)
                    if len(ranks) > 1:
                        add(layer, name, found, {"rank": rank})
                    if rank == ranks[0]:
                        add(layer, name, found, {})
                        if len(seeds) > 1:
                            for seed, one in zip(seeds, counts, strict=True):
                                add(layer, name, family.scores([one]), {}, seed)
                        if name != "dev":
                            for seed, one in zip(seeds, counts, strict=True):
                                draft.frame(layer, name, seed, {"sentence": split.sentence} | one)
        draft.publish()
    if spec.baselines:
        for name, split in scored.items():
            add(-1, name, family.baselines(train.trees, split.trees), {})
    draft.notes += _notes(cell, spec, splits)
    return draft.result()


def _usable(sentences: Sequence[Any], items: Items, reader: Reader, offset: int, whole: bool) -> _Split:
    """The trees of words that have a vector; of `whole` sentences only, where that is requested."""
    trees: list[Tree] = []
    numbers, places, words = [], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    words_left = sentences_left = 0
    for number in items.sentence.tolist():
        tree = gold_tree(sentences[number])
        assert tree is not None, "a task of trees keeps sentences with one"
        word = np.arange(len(tree))
        place = np.full(len(tree), number + offset)
        present = reader.present(place, word)
        if present.sum() < 2 or (whole and not present.all()):
            sentences_left += 1
            continue
        words_left += int((~present).sum())
        trees.append(tree if present.all() else tree.select(present))
        numbers.append(number)
        places.append(place[present])
        words.append(word[present])
    position, word = np.concatenate(places), np.concatenate(words)
    return _Split(trees, np.array(numbers, np.int32), position, word, words_left, sentences_left)


def _notes(cell: Cell, spec: RunSpec, splits: dict[str, _Split]) -> list[str]:
    who, notes = f"{cell.checkpoint.name}, {cell.task}, {cell.probe}", []
    for name, split in splits.items():
        if split.sentences_left:
            notes.append(f"{who}, {name}: {split.sentences_left:,} sentences left out because a word of theirs has no vector.")
        if split.words_left:
            notes.append(f"{who}, {name}: {split.words_left:,} words without a vector left out; the others keep their tree.")
    if spec.baselines:
        notes.append(
            f"{cell.task}: there is no control task, whose labels would have to be random trees; the random-weights checkpoint is the control."
        )
    return notes
