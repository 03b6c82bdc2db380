"""Annotated text as data: words, sentences, corpora."""

from __future__ import annotations

from dataclasses import dataclass, field

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True, slots=True)
class Word:
    """One syntactic word of a CoNLL-U line. `head` is 0 for the root, else the head's 1-based position.

    A field the annotation leaves out is "_" (strings) or () (feats); `head` is -1 where there is no tree.
    `tags` are labels of a user's own columns, by the column's name. Strings are interned by the parsers: a corpus repeats few of them.
    """

    form: str
    lemma: str
    upos: str
    xpos: str
    feats: tuple[tuple[str, str], ...]
    head: int
    deprel: str
    tags: tuple[tuple[str, str], ...] = ()


Span = tuple[int, int]  # words from the first on, to before the second; 0-based


@dataclass(frozen=True, slots=True)
class Target:
    """A labelled span of a sentence, or a labelled pair of spans: what edge probing asks."""

    label: str
    first: Span
    second: Span | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it stands: `line` is the 1-based line of its first word in its file (0: no file).

    Own data may say more of it: `labels` by the column's name, `targets`, and `second`, the other sentence of a pair.
    """

    id: str
    words: tuple[Word, ...]
    line: int = 0
    labels: tuple[tuple[str, str], ...] = ()
    targets: tuple[Target, ...] = ()
    second: Sentence | None = None

    @property
    def forms(self) -> tuple[str, ...]:
        return tuple(word.form for word in self.words)

    @property
    def text(self) -> str:
        return " ".join(word.form for word in self.words)


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something in the data that a reader should know: the sentence was skipped, or read with a change. Line 0: it is of the whole file."""

    file: str
    line: int
    message: str  # one sentence: what is wrong, and what was done about it

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


@dataclass(frozen=True)
class Corpus:
    """Sentences by split. `hash` names the content: the same text and annotation give the same hash everywhere.

    `uncut` is the corpus that this one was cut from, for tasks that find too little in the first sentences.
    """

    name: str
    hash: str
    splits: dict[str, list[Sentence]]  # train, dev, test, and any further test split such as test_seen
    description: str = ""
    licence: str = ""
    complaints: list[Complaint] = field(default_factory=list)
    uncut: Corpus | None = field(default=None, repr=False)

    @property
    def whole(self) -> Corpus:
        """All of it, whatever was cut."""
        return self.uncut or self

    def first(self, limits: dict[str, int | None]) -> Corpus:
        """The same corpus with the first `limits[split]` sentences of each split (None: all).

        A further test split is cut like `test`.
        """
        cut = {split: sentences[: limits.get(split if split in SPLITS else "test")] for split, sentences in self.splits.items()}
        return Corpus(self.name, self.hash, cut, self.description, self.licence, self.complaints, self.whole)
