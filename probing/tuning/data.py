"""The examples of a corpus for one task of fine-tuning, with its classes and tags. Imports no torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal, get_args

import numpy as np

from probing.corpora.sentence import SPLITS, Corpus, Sentence
from probing.errors import BadInput, first_few

TaskName = Literal["classification", "pairs", "intent", "slots", "intent+slots", "tokens"]
TASKS: tuple[str, ...] = get_args(TaskName)
OF_SENTENCES = ("classification", "pairs", "intent", "intent+slots")
OF_WORDS = ("slots", "intent+slots", "tokens")
SLOTS = ("slots", "intent+slots")
USUAL = {
    "intent": ("intent",),
    "slots": ("slot", "slots"),
    "classification": ("label",),
    "pairs": ("label",),
    "tokens": ("label",),
}
UPOS = "upos"
OUTSIDE = "O"
TEXT = "text"  # what a product was made for that read text alone


@dataclass(frozen=True)
class Names:
    """The names of labels: the `known` ones, which a head can predict, and after them the `unseen`, which train lacks.

    A label's number is its place; whatever is predicted for an unseen one is wrong.
    """

    known: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()

    @staticmethod
    def of(known: Iterable[str], met: Iterable[str]) -> Names:
        known = tuple(known)
        return Names(known, tuple(sorted(set(met) - set(known))))

    @property
    def all(self) -> tuple[str, ...]:
        return self.known + self.unseen


@dataclass(frozen=True)
class Example:
    """A sentence, or two, with what is asked of it: the `label` (None: not asked), `tags` [words] int64; numbers of `Names`."""

    forms: tuple[str, ...]
    second: tuple[str, ...] | None
    label: int | None
    tags: np.ndarray | None

    def numbers(self, what: str) -> list[int]:
        """Its class, or its tags."""
        if what == "class":
            return [] if self.label is None else [self.label]
        return [] if self.tags is None else self.tags.tolist()


@dataclass(frozen=True)
class Examples:
    """A task's examples by split. The known `classes` and `tags` are those of train, sorted; empty where the task does not ask them.

    `columns` names where sentence labels and word tags were read; `notes` are sentences for the reader.
    """

    task: str
    splits: dict[str, list[Example]]
    classes: Names
    tags: Names
    columns: dict[str, str]
    notes: list[str] = field(default_factory=list)

    @property
    def tests(self) -> list[str]:
        return [name for name in self.splits if name not in ("train", "dev")]


def examples(
    corpus: Corpus,
    task: str,
    column: str | None = None,
    max_train: int | None = None,
    seed: int = 0,
    known: tuple[tuple[str, ...], tuple[str, ...]] | None = None,
) -> Examples:
    """The examples of `task`. Of train `max_train` drawn under `seed`: a smaller draw is the beginning of a larger one.

    `known` are classes and tags that a head has already; else they are those of the sentences drawn. Raises BadInput where the corpus does not
    have what the task asks, where train has too few sentences, or one class alone.
    """
    columns = _columns(corpus, task, column)
    usable = {name: [s for s in sentences if _has(s, task, columns)] for name, sentences in corpus.splits.items()}
    for name in SPLITS[:2]:
        if not usable.get(name):
            raise BadInput(f"{corpus.name} has no {name} sentences for {task}: give a corpus whose {name} split is labelled.")
    sampled = subset(usable["train"], max_train, seed, corpus.name)
    used = {name: sampled if name == "train" else sentences for name, sentences in usable.items() if sentences}
    labels = {
        name: [dict(s.labels)[columns["sentence"]] for s in some] if task in OF_SENTENCES else [] for name, some in used.items()
    }
    tagged = {name: [_tags(s, columns["word"]) for s in some] if task in OF_WORDS else [] for name, some in used.items()}
    own = (sorted(set(labels["train"])), sorted({tag for tags in tagged["train"] for tag in tags}))
    of_train = known or own
    classes = Names.of(of_train[0], (label for some in labels.values() for label in some))
    tags = Names.of(of_train[1], (tag for some in tagged.values() for one in some for tag in one))
    _refuse_one(corpus.name, task, classes, tags)
    splits = {name: _split(some, labels[name], tagged[name], classes, tags, task == "pairs") for name, some in used.items()}
    return Examples(task, splits, classes, tags, columns, _notes(splits, classes, tags))


def unlabelled(corpus: Corpus, max_train: int | None = None, seed: int = 0) -> Examples:
    """Sentences without labels: the text of general distillation. Raises BadInput where train or dev has none."""
    for name in SPLITS[:2]:
        if not corpus.splits.get(name):
            raise BadInput(f"{corpus.name} has no {name} sentences: give a corpus with text in it.")
    splits = corpus.splits | {"train": subset(corpus.splits["train"], max_train, seed, corpus.name)}
    bare = {name: [Example(s.forms, None, None, None) for s in sentences] for name, sentences in splits.items() if sentences}
    return Examples(TEXT, bare, Names(), Names(), {})


def subset(sentences: Sequence[Sentence], most: int | None, seed: int, name: str) -> list[Sentence]:
    """The first `most` in an order drawn under `seed`. Raises BadInput where there are not so many."""
    if most is not None and most > len(sentences):
        raise BadInput(f"{most:,} train sentences were asked for, and {name} has {len(sentences):,}: ask for at most that many.")
    order = np.random.default_rng(seed).permutation(len(sentences))
    return [sentences[index] for index in order[:most]]


def _columns(corpus: Corpus, task: str, column: str | None) -> dict[str, str]:
    """Where sentence labels and word tags stand. Raises BadInput where it cannot be told."""
    if task not in TASKS:
        raise BadInput(f"The task {task!r} is unknown to fine-tuning: choose one of {', '.join(TASKS)}.")
    found: dict[str, str] = {}
    train = corpus.splits.get("train", [])
    if task == "pairs" and not any(sentence.second for sentence in train):
        raise BadInput(f"{corpus.name} has no pairs of sentences: give a table with two columns of text, or take classification.")
    if task in OF_SENTENCES:
        here = _of_sentences(train)
        usual = USUAL["intent" if task == "intent+slots" else task]
        found["sentence"] = _named(corpus.name, "label of sentences", here, usual, None if task == "intent+slots" else column)
    if task in OF_WORDS:
        here = _of_words(train)
        usual = USUAL["slots" if task in SLOTS else task]
        found["word"] = _named(corpus.name, "label of words", here, usual, column)
    return found


def columns_of(corpus: Corpus, task: str) -> list[str]:
    """The labels of which a column may name one: those of words where the task asks words, else those of sentences."""
    train = corpus.splits.get("train", [])
    return _of_words(train) if task in OF_WORDS else _of_sentences(train)


def _of_sentences(train: Sequence[Sentence]) -> list[str]:
    return list(dict.fromkeys(name for sentence in train for name, _ in sentence.labels))


def _of_words(train: Sequence[Sentence]) -> list[str]:
    here = list(dict.fromkeys(name for sentence in train for word in sentence.words for name, _ in word.tags))
    return [*here, *([UPOS] if any(word.upos != "_" for sentence in train for word in sentence.words) else [])]


def _named(corpus: str, what: str, here: list[str], usual: Sequence[str], column: str | None) -> str:
    if not here:
        raise BadInput(f"{corpus} has no {what}, so this task cannot be trained on it: give labelled data or another task.")
    if column is not None:
        if column not in here:
            raise BadInput(f"{corpus} has no {what} named {column!r}: it has {', '.join(here)}.")
        return column
    for name in (*usual, *(here if len(here) == 1 else ())):
        if name in here:
            return name
    raise BadInput(f"{corpus} has several: {', '.join(here)}: say with --column which {what} is meant.")


def _has(sentence: Sentence, task: str, columns: dict[str, str]) -> bool:
    """Whether a sentence has words and everything that the task asks."""
    labelled = "sentence" not in columns or columns["sentence"] in dict(sentence.labels)
    tagged = "word" not in columns or "" not in _tags(sentence, columns["word"])
    return bool(sentence.words) and labelled and tagged and (task != "pairs" or sentence.second is not None)


def _tags(sentence: Sentence, column: str) -> list[str]:
    """One a word; "" where a word has none."""
    if column == UPOS:
        return [word.upos if word.upos != "_" else "" for word in sentence.words]
    return [dict(word.tags).get(column, "") for word in sentence.words]


def _split(
    sentences: Sequence[Sentence], labels: Sequence[str], tagged: Sequence[list[str]], classes: Names, tags: Names, pairs: bool
) -> list[Example]:
    class_number, tag_number = ({name: index for index, name in enumerate(names.all)} for names in (classes, tags))
    return [
        Example(
            sentence.forms,
            sentence.second.forms if pairs and sentence.second is not None else None,
            class_number[labels[place]] if labels else None,
            np.array([tag_number[tag] for tag in tagged[place]], dtype=np.int64) if tagged else None,
        )
        for place, sentence in enumerate(sentences)
    ]


def _refuse_one(corpus: str, task: str, classes: Names, tags: Names) -> None:
    for needed, found, what in ((task in OF_SENTENCES, classes.known, "class"), (task in OF_WORDS, tags.known, "tag")):
        if needed and len(found) < 2:
            raise BadInput(
                f"Train of {corpus} has one {what} alone ({found[0]}), so nothing can be learned: take more sentences."
            )
    if task in SLOTS and (odd := [tag for tag in tags.all if tag != OUTSIDE and tag[:2] not in ("B-", "I-")]):
        raise BadInput(f"Slots are B-NAME, I-NAME or O, and {corpus} has the tag {odd[0]!r}: take the task tokens.")


def _notes(splits: dict[str, list[Example]], classes: Names, tags: Names) -> list[str]:
    notes: list[str] = []
    for names, what, several in ((classes, "class", "classes"), (tags, "tag", "tags")):
        met = {split: [example.numbers(what) for example in found] for split, found in splits.items()}
        counts = Counter(chain.from_iterable(met["train"]))
        if once := [name for index, name in enumerate(names.known) if counts[index] == 1]:
            notes.append(
                f"train: {len(once)} {what if len(once) == 1 else several} with one example ({first_few(once)}): hardly to be learned."
            )
        for split, found in met.items():
            if unseen := sum(any(number >= len(names.known) for number in numbers) for numbers in found):
                notes.append(f"{split}: {unseen:,} sentences have a {what} that train lacks; there every answer counts as wrong.")
    return notes
