"""Tasks asked of a user's own columns: labels, pairs and numbers of sentences, tags of words, and the spans that BIO tags tell."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from probing.corpora import bio
from probing.corpora.sentence import Corpus, Sentence
from probing.errors import BadInput
from probing.tasks.bins import BINS, Numbers, bin_starts, labelled_bins
from probing.tasks.labelling import Answers, Edges, labelled, labelled_edges, labelled_words, without_label
from probing.tasks.series import Series, refuse_every, register
from probing.tasks.task import Group, Items, Labelled, Level, Places, Task

MOST = 200  # classes of a column that is offered as labels: more is free text, an id, or a number
MANY = 3  # different values that make numbers worth asking as numbers


@dataclass(frozen=True)
class Form:
    """What the tasks of a prefix have in common. `names` are the columns of a corpus's train that can be asked."""

    prefix: str
    title: str
    asks: str
    level: Level
    group: Group
    example: str
    measures: str  # {} is the column
    assumes: str
    misleads: str
    source: str
    answer: Callable[[str, str, Corpus], Labelled]  # (task, column, corpus)
    names: Callable[[Sequence[Sentence]], list[str]]
    numeric: bool = False

    def of(self, column: str) -> ColumnTask:
        """The form asked of a column; `*` stands for every column."""
        return ColumnTask(
            name=f"{self.prefix}{column}",
            title=self.title if column == "*" else f"{self.title}: {column}",
            asks=self.asks,
            measures=self.measures.format("a column of own data (one task a column)" if column == "*" else column),
            assumes=self.assumes,
            misleads=self.misleads,
            source=self.source,
            group=self.group,
            level=self.level,
            numeric=self.numeric,
            form=self,
            column=column,
        )

    def qualifying(self, corpus: Corpus) -> list[str]:
        """The columns of train that can be asked."""
        return self.names(corpus.splits["train"])

    def none(self, corpus: Corpus) -> str:
        """The sentence for a corpus that has none."""
        needs = f"{self.assumes[0].lower()}{self.assumes[1:]}"
        return f"No column of {corpus.name} can be asked as {self.prefix}*: it needs {needs}"


@dataclass(frozen=True, kw_only=True)
class ColumnTask(Task):
    """A form asked of a column."""

    form: Form
    column: str

    def label(self, corpus: Corpus) -> Labelled:
        name, form = self.name, self.form
        refuse_every(name, f"{form.prefix}{form.example}")
        try:
            return form.answer(name, self.column, corpus)
        except BadInput:
            known = form.qualifying(corpus)
            if self.column in known or _has(corpus, self.column):
                raise
            has = ", ".join(f"{form.prefix}{column}" for column in known) or "none"
            raise BadInput(
                f"{name} needs a column that train of {corpus.name} does not have: of this form it has {has}."
            ) from None


def _has(corpus: Corpus, column: str) -> bool:
    return any(
        column in dict(sentence.labels) or any(column in dict(word.tags) for word in sentence.words)
        for sentence in corpus.splits["train"]
    )


def _labels(name: str, column: str, corpus: Corpus) -> Labelled:
    answers: Answers = {
        split: [(place, -1, found) for place, sentence in enumerate(sentences) if (found := dict(sentence.labels).get(column))]
        for split, sentences in corpus.splits.items()
    }
    return labelled(name, "sentence", corpus, answers, _lost(name, corpus, answers, "sentences"))


def _numbers(name: str, column: str, corpus: Corpus) -> Labelled:
    numbers: Numbers = {
        split: [
            (place, -1, value)
            for place, sentence in enumerate(sentences)
            if sentence.second is None and (value := _number(dict(sentence.labels).get(column))) is not None
        ]
        for split, sentences in corpus.splits.items()
    }
    shown = [value for *_, value in numbers["train"]]
    if not shown:
        raise BadInput(
            f"{name} needs numbers of single sentences, and {column} of {corpus.name} has none: ask label:{column} or pair:{column}."
        )
    starts = bin_starts(shown, BINS)
    if len(starts) < 2:
        raise BadInput(f"{name} is {shown[0]:g} for nearly all of train of {corpus.name}: a probe needs numbers that differ.")
    return labelled_bins(name, "sentence", corpus, numbers, starts, _bins(starts), _lost(name, corpus, numbers, "sentences"))


def _bins(starts: Sequence[float]) -> list[str]:
    """What each bin is called: numbered, so that sorting by name sorts by size."""
    within = [f"{a:g} to below {b:g}" for a, b in pairwise(starts[1:])]
    return [f"{i}: {text}" for i, text in enumerate([f"below {starts[1]:g}", *within, f"from {starts[-1]:g}"], start=1)]


def _pairs(name: str, column: str, corpus: Corpus) -> Labelled:
    """The task's own sentences are the first halves of all pairs and then, at the same distance, the second ones."""
    if all(sentence.second is None for sentence in corpus.splits["train"]):
        raise BadInput(f"{name} needs pairs, and train of {corpus.name} has none: ask label:{column} instead.")
    answers: Answers = {}
    own: dict[str, list[Sentence]] = {}
    for split, sentences in corpus.splits.items():
        pairs_of_split = [
            (s, s.second, found) for s in sentences if s.second is not None and (found := dict(s.labels).get(column))
        ]
        answers[split] = [(place, -1, label) for place, (_, _, label) in enumerate(pairs_of_split)]
        own[split] = [first for first, _, _ in pairs_of_split] + [second for _, second, _ in pairs_of_split]
    made = labelled(name, "pair", corpus, answers, _lost(name, corpus, answers, "pairs"), sentences=own)

    def paired(items: Items) -> Items:
        whole = np.full(len(items), -1, np.int32)
        return replace(items, second=Places((items.sentence + len(items)).astype(np.int32), whole, whole))

    return replace(made, splits={split: paired(items) for split, items in made.splits.items()})


def _tags(name: str, column: str, corpus: Corpus) -> Labelled:
    return labelled_words(name, corpus, lambda sentence, place: dict(sentence.words[place].tags).get(column, "_"))


def _entities(name: str, column: str, corpus: Corpus) -> Labelled:
    if not bio.is_bio(_values(corpus.splits["train"], column)):
        raise BadInput(
            f"{name} needs BIO tags (O, B-TYPE, I-TYPE), and {column} of {corpus.name} has others: ask tag:{column} instead."
        )
    answers: Edges = {
        split: [
            (place, (begin, end), None, kind)
            for place, sentence in enumerate(sentences)
            for begin, end, kind in bio.spans([dict(word.tags).get(column, "O") for word in sentence.words])
        ]
        for split, sentences in corpus.splits.items()
    }
    return labelled_edges(name, "span", corpus, answers)


def _lost(name: str, corpus: Corpus, answers: Mapping[str, Sequence[object]], what: str) -> tuple[str, ...]:
    return without_label(name, sum(map(len, corpus.splits.values())), answers, what)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _columns(sentences: Sequence[Sentence]) -> dict[str, Counter[str]]:
    """Every column of sentence labels and its values."""
    found: dict[str, Counter[str]] = {}
    for sentence in sentences:
        for column, value in sentence.labels:
            found.setdefault(column, Counter())[value] += 1
    return found


def _values(sentences: Sequence[Sentence], column: str) -> set[str]:
    return {value for sentence in sentences for word in sentence.words for name, value in word.tags if name == column}


def label_columns(sentences: Sequence[Sentence]) -> list[str]:
    """Columns with two to MOST values that recur."""
    found = _columns(sentences).items()
    return sorted(column for column, values in found if 2 <= len(values) <= MOST and 2 * len(values) <= values.total())


def pair_columns(sentences: Sequence[Sentence]) -> list[str]:
    return label_columns([sentence for sentence in sentences if sentence.second is not None])


def number_columns(sentences: Sequence[Sentence]) -> list[str]:
    """Columns that hold numbers and nothing else, of at least MANY values."""
    found = _columns([sentence for sentence in sentences if sentence.second is None]).items()
    return sorted(
        column for column, values in found if len(values) >= MANY and all(_number(value) is not None for value in values)
    )


def tag_columns(sentences: Sequence[Sentence]) -> list[str]:
    return sorted({name for sentence in sentences for word in sentence.words for name, _ in word.tags})


def span_columns(sentences: Sequence[Sentence]) -> list[str]:
    """Columns of tags that are BIO."""
    return [column for column in tag_columns(sentences) if bio.is_bio(_values(sentences, column))]


FORMS = (
    Form(
        "label:",
        "Label of a sentence",
        "Which label does the sentence have?",
        "sentence",
        "meaning",
        "intent",
        "The label of each sentence in {}, read off the sentence's vector; of a pair, off its first sentence alone.",
        f"Labels in own data: two to {MOST} values that recur.",
        "Few words may give the label away: compare with layer 0 and with the majority.",
        "the data's own annotation",
        _labels,
        label_columns,
    ),
    Form(
        "pair:",
        "Label of a pair",
        "Which label does the pair of sentences have?",
        "pair",
        "meaning",
        "label",
        "The label of each pair of sentences in {}, read off u, v, |u − v| and u · v of their vectors.",
        "Rows with two texts and a label.",
        "The second sentence alone often tells the label (Poliak et al. 2018): label: asks the first one alone.",
        "Conneau et al. 2017 (arXiv 1705.02364), for the features of a pair",
        _pairs,
        pair_columns,
    ),
    Form(
        "number:",
        "Number of a sentence",
        "Which number does the sentence have?",
        "sentence",
        "meaning",
        "score",
        f"The number of each sentence in {{}}; for families of labels in which of up to {BINS} bins of about equal size on train it lies.",
        f"A column of numbers with at least {MANY} values, of single sentences.",
        "Bins lose order: an answer one bin off is as wrong as any other.",
        "the data's own annotation",
        _numbers,
        number_columns,
        numeric=True,
    ),
    Form(
        "tag:",
        "Tag of a word",
        "Which tag does the word have?",
        "word",
        "syntax",
        "slot",
        "The tag of each word in {}; where the tags are BIO also the F1 of whole spans (slot_f1).",
        "A tag for each word in own data.",
        "With BIO tags most words are O, so accuracy is high from the start: read slot_f1 and macro-F1.",
        "the data's own annotation",
        _tags,
        tag_columns,
    ),
    Form(
        "entities:",
        "Type of a span",
        "Which type does the span have?",
        "span",
        "meaning",
        "slot",
        "The type of each span that the BIO tags in {} tell, read off the span's vector; where it begins and ends is given.",
        "BIO or IOB1 tags in own data.",
        "It does not ask where spans are: tag: does, with slot_f1.",
        "Tenney et al. 2019 (arXiv 1905.06316), for typing given spans",
        _entities,
        span_columns,
    ),
)


for _form in FORMS:
    register(Series(_form.prefix, "a column", _form.example, _form.of, _form.qualifying, _form.none))
