"""CoNLL-U in and out: bytes → sentences, with every complaint at its file and line.

Format: https://universaldependencies.org/format.html. Multi-word ranges (3-4) and empty nodes (8.1) carry no syntactic word
and are passed over, as the format means them to be.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence

from probing.corpora.decoding import BAD, check_bytes, decoded
from probing.corpora.faults import FaultError, left_out
from probing.corpora.sentence import Complaint, Sentence, Word
from probing.corpora.words import annotated
from probing.errors import BadInput

VERSION = 1  # of this parser: it enters a corpus's hash, since a change may read the same bytes otherwise
COLUMNS = 10
WITHHELD = "_"  # the form of a word that may not be published
MOST_WITHHELD = 0.5  # of a file's words; a treebank may have some underscores of its own
NUMBER = re.compile(r"[0-9]{1,9}")
PASSED_OVER = re.compile(r"[0-9]{1,9}[-.][0-9]{1,9}")  # a multi-word range, an empty node


def parse_conllu(data: bytes, file: str, encoding: str = "") -> tuple[list[Sentence], list[Complaint]]:
    """The sentences of a file, and what a reader should know about it. `file` is the name used in complaints.

    A sentence that is broken (cycle, two roots, head out of range, missing column …) is left out with a complaint.
    Raises BadInput for a file without a sentence, one with more than a tenth broken (by bytes that are not UTF-8 too), and one whose words
    are withheld.
    """
    complaints: list[Complaint] = []
    text = decoded(data, file, complaints, encoding, latin=False)
    parser = _Parser(file, BAD.search(text) is not None)
    for number, line in enumerate(text.split("\n"), start=1):
        parser.line(number, line)
    parser.end()
    found = left_out(parser.faults, len(parser.sentences))
    if not parser.sentences:
        raise BadInput(f"{file} holds no sentence: give a CoNLL-U file with ten tab-separated columns.")
    _refuse_withheld(parser.sentences, file)
    return parser.sentences, complaints + found


def _refuse_withheld(sentences: Sequence[Sentence], file: str) -> None:
    """Some treebanks are published without their text, whose owner does not allow it: then there is nothing for a model to read."""
    words = [word.form for sentence in sentences for word in sentence.words]
    withheld = sum(form == WITHHELD for form in words)
    if withheld > MOST_WITHHELD * len(words):
        raise BadInput(
            f"{file} is published without its text ({withheld:,} of {len(words):,} words are '_'), so a model has nothing to read: put the "
            "words in from the original text, as the treebank's README says, or take another treebank."
        )


def to_conllu(sentences: Iterable[Sentence]) -> str:
    """The text of sentences; `parse_conllu` reads them back equal, but for their line numbers."""
    blocks = []
    for sentence in sentences:
        lines = [f"# sent_id = {sentence.id}", f"# text = {sentence.text}"]
        for index, word in enumerate(sentence.words, start=1):
            feats = "|".join(f"{key}={value}" for key, value in word.feats) or "_"
            head = "_" if word.head < 0 else str(word.head)
            lines.append("\t".join((str(index), word.form, word.lemma, word.upos, word.xpos, feats, head, word.deprel, "_", "_")))
        blocks.append("\n".join(lines) + "\n\n")
    return "".join(blocks)


class _Parser:
    """Line by line: the words of the open sentence, and its first fault."""

    def __init__(self, file: str, encoded: bool = False) -> None:
        """`encoded`: some byte of the file is not UTF-8."""
        self.file, self.encoded = file, encoded
        self.sentences: list[Sentence] = []
        self.faults: list[Complaint] = []
        self._feats: dict[str, tuple[tuple[str, str], ...]] = {"_": (), "": ()}
        self._reset()

    def _reset(self) -> None:
        self._words: list[Word] = []
        self._lines: list[int] = []  # of each word, for a fault that shows only when the tree is whole
        self._id = ""
        self._start = 0
        self._fault: Complaint | None = None

    def line(self, number: int, line: str) -> None:
        if self.encoded and not line.isascii() and self._fault is None:
            try:
                check_bytes(line)
            except FaultError as fault:
                self._start = self._start or number
                self._fault = Complaint(self.file, number, str(fault))
        if not line.strip():
            self.end()
        elif line.startswith("#"):
            key, _, value = line[1:].partition("=")
            if key.strip() == "sent_id":
                self._id = value.strip()
        else:
            self._start = self._start or number
            if self._fault is None:
                message = self._word(number, line)
                if message:
                    self._fault = Complaint(self.file, number, message)

    def _word(self, at: int, line: str) -> str | None:
        """Take a word's line, which stands at line `at`; the sentence that says what is wrong with it, or None."""
        columns = line.split("\t")
        if len(columns) != COLUMNS:
            return f"the line has {len(columns)} tab-separated columns where CoNLL-U has {COLUMNS}."
        number, form, lemma, upos, xpos, feats, head, deprel = columns[:8]
        if not NUMBER.fullmatch(number):
            return None if PASSED_OVER.fullmatch(number) else f"{number[:40]!r} is no word number."
        if int(number) != len(self._words) + 1:
            return f"word number {number} stands where {len(self._words) + 1} should."
        if not form.strip():
            return f"word {number} has an empty form."
        if head != "_" and not NUMBER.fullmatch(head):
            return f"the head {head[:40]!r} of word {number} is no number."
        known = self._feats.get(feats)
        if known is None:
            pairs = [pair.partition("=") for pair in feats.split("|")]
            if not all(key and value for key, _, value in pairs):
                return f"the features {feats[:80]!r} of word {number} are not Name=Value pairs."
            known = self._feats[feats] = tuple((sys.intern(key), sys.intern(value)) for key, _, value in pairs)
        self._lines.append(at)
        self._words.append(annotated(form, lemma or "_", upos or "_", xpos or "_", known, head, deprel or "_"))
        return None

    def end(self) -> None:
        """Close the open sentence, if there is one."""
        if self._start:
            fault = self._fault
            if fault is None:
                fault = self._fault_when_whole()
            if fault is None:
                line = self._lines[0]
                self.sentences.append(Sentence(self._id or f"{self.file}:{line}", tuple(self._words), line))
            else:
                self.faults.append(fault)
        self._reset()

    def _fault_when_whole(self) -> Complaint | None:
        if not self._words:
            return Complaint(self.file, self._start, "the sentence has no words.")
        found = fault_of_tree([word.head for word in self._words])
        return Complaint(self.file, self._lines[found[0] - 1], found[1]) if found else None


def fault_of_tree(heads: Sequence[int]) -> tuple[int, str] | None:
    """What keeps `heads` (0 = root, 1-based; all -1 = no tree) from being one tree: at which word, and what. Or None."""
    n = len(heads)
    if all(head == -1 for head in heads):
        return None
    roots = []
    for index, head in enumerate(heads, start=1):
        if head == -1:
            return index, f"word {index} has no head while others have one."
        if not 0 <= head <= n:
            return index, f"the head {head} of word {index} is out of range in a sentence of {n} words."
        if head == 0:
            roots.append(index)
    if len(roots) > 1:
        return roots[1], f"words {roots[0]} and {roots[1]} are both roots."
    reached = [0] * (n + 1)  # 0 = not yet, 1 = on the path walked now, 2 = leads to the root
    for start in range(1, n + 1):
        path, node = [], start
        while node and not reached[node]:
            reached[node] = 1
            path.append(node)
            node = heads[node - 1]
        if node and reached[node] == 1:
            return node, f"word {node} is its own ancestor (a cycle){'' if roots else ', and the sentence has no root'}."
        for seen in path:
            reached[seen] = 2
    return None
