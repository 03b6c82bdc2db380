"""CoNLL-U in and out: bytes → sentences, with every complaint at its file and line.

Format: https://universaldependencies.org/format.html. Multi-word ranges (3-4) and empty nodes (8.1) carry no syntactic word
and are passed over, as the format means them to be.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence

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
Feats = tuple[tuple[str, str], ...]
PASSED_OVER = re.compile(r"[0-9]{1,9}[-.][0-9]{1,9}")  # a multi-word range, an empty node


def parse_conllu(data: bytes, file: str, encoding: str = "") -> tuple[list[Sentence], list[Complaint]]:
    """The sentences of a file, and what a reader should know about it. `file` is the name used in complaints.

    A sentence that is broken (cycle, two roots, head out of range, missing column …) is left out with a complaint.
    Raises BadInput for a file without a sentence, one with more than a tenth broken (by bytes that are not UTF-8 too), and one whose words
    are withheld.
    """
    complaints: list[Complaint] = []
    text = decoded(data, file, complaints, encoding, latin=False)
    damaged = BAD.search(text) is not None
    feats: dict[str, Feats] = {"_": (), "": ()}
    sentences: list[Sentence] = []
    faults: list[Complaint] = []
    for block in _blocks(text):
        try:
            sentences.extend(_sentence(block, file, damaged, feats))
        except FaultError as fault:
            faults.append(Complaint(file, fault.line, str(fault)))
    found = left_out(faults, len(sentences))
    if not sentences:
        raise BadInput(f"{file} holds no sentence: give a CoNLL-U file with ten tab-separated columns.")
    _refuse_withheld(sentences, file)
    return sentences, complaints + found


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


def _blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    """Lines with their numbers, between blank ones."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _sentence(block: Sequence[tuple[int, str]], file: str, damaged: bool, feats: dict[str, Feats]) -> list[Sentence]:
    """The sentence of a block, none where it has comments alone. `damaged`: some byte of the file is not UTF-8; `feats` are the features read
    so far, by their text. Raises FaultError with the first fault and its line."""
    name, start, words, lines = "", 0, list[Word](), list[int]()
    for number, line in block:
        try:
            if damaged:
                check_bytes(line)
            if line.startswith("#"):
                key, _, value = line[1:].partition("=")
                name = value.strip() if key.strip() == "sent_id" else name
                continue
            start = start or number
            if word := _word(line, len(words) + 1, feats):
                words.append(word)
                lines.append(number)
        except FaultError as fault:
            fault.line = number
            raise
    if not start:
        return []
    if not words:
        raise FaultError("the sentence has no words.", start)
    if found := fault_of_tree([word.head for word in words]):
        raise FaultError(found[1], lines[found[0] - 1])
    return [Sentence(name or f"{file}:{lines[0]}", tuple(words), lines[0])]


def _word(line: str, place: int, feats: dict[str, Feats]) -> Word | None:
    """The word of a line, which is to be the sentence's `place`-th; None for a range or an empty node. Raises FaultError."""
    columns = line.split("\t")
    if len(columns) != COLUMNS:
        raise FaultError(f"the line has {len(columns)} tab-separated columns where CoNLL-U has {COLUMNS}.")
    number, form, lemma, upos, xpos, said, head, deprel = columns[:8]
    if PASSED_OVER.fullmatch(number):
        return None
    if not NUMBER.fullmatch(number):
        raise FaultError(f"{number[:40]!r} is no word number.")
    if int(number) != place:
        raise FaultError(f"word number {number} stands where {place} should.")
    if not form.strip():
        raise FaultError(f"word {number} has an empty form.")
    if head != "_" and not NUMBER.fullmatch(head):
        raise FaultError(f"the head {head[:40]!r} of word {number} is no number.")
    if said not in feats:
        pairs = [pair.partition("=") for pair in said.split("|")]
        if not all(key and value for key, _, value in pairs):
            raise FaultError(f"the features {said[:80]!r} of word {number} are not Name=Value pairs.")
        feats[said] = tuple((sys.intern(key), sys.intern(value)) for key, _, value in pairs)
    return annotated(form, lemma or "_", upos or "_", xpos or "_", feats[said], head, deprel or "_")


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
