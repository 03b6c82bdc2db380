"""The format `edges`: edge-probing JSON lines, a text of words parted by spaces and labelled spans or pairs of spans.

Tenney et al. 2019 (arXiv 1905.06316): `{"text": "…", "targets": [{"span1": [a, b], "span2": [c, d], "label": "…"}]}`; a span goes from word a
(0-based) to before word b, and without `span2` a span alone is labelled.
"""

from __future__ import annotations

import sys
from typing import Any

from probing.corpora.faults import FaultError, left_out
from probing.corpora.formats.format import FORMATS, Format, Parsed, Tell, json_rows, json_text, opening, refuse_empty
from probing.corpora.reading import FOUND, Reading
from probing.corpora.sentence import Complaint, Sentence, Span, Target
from probing.corpora.words import bare, visible


def parse(data: bytes, file: str, reading: Reading, tell: Tell) -> Parsed:
    """A target with several labels is left out with a complaint; a faulty span takes its sentence with it."""
    complaints: list[Complaint] = []
    faults: list[Complaint] = []
    sentences: list[Sentence] = []
    for number, row in json_rows(json_text(data, file, complaints, reading.encoding), tell):
        try:
            if isinstance(row, FaultError):
                raise row
            sentence, several = _sentence(row, f"{file}:{number}", number)
        except FaultError as fault:
            faults.append(Complaint(file, number, str(fault)))
            continue
        sentences.append(sentence)
        if several:
            complaints.append(Complaint(file, number, f"{several} of its targets have not one label each, and were left out."))
    found = [*complaints, *left_out(faults, len(sentences))]
    refuse_empty(sentences, file, "JSON lines with text and targets")
    return Parsed(sentences, found)


def _sentence(row: dict[str, Any], name: str, line: int) -> tuple[Sentence, int]:
    text, targets = row.get("text"), row.get("targets")
    forms = text.split() if isinstance(text, str) else []
    if not any(visible(form) for form in forms):
        raise FaultError("'text' holds no words.")
    if not isinstance(targets, list) or not all(isinstance(target, dict) for target in targets):
        raise FaultError("'targets' is no list of targets.")
    found, several = [], 0
    for target in targets:
        first = _span(target.get("span1"), len(forms), "span1")
        second = None if target.get("span2") is None else _span(target["span2"], len(forms), "span2")
        label = target.get("label")
        if isinstance(label, list) and len(label) == 1:
            label = label[0]
        if isinstance(label, bool) or not isinstance(label, (str, int)) or label == "":
            several += 1
            continue
        found.append(Target(sys.intern(str(label)), first, second))
    return Sentence(name, tuple(bare(form) for form in forms), line, targets=tuple(found)), several


def _span(value: object, words: int, name: str) -> Span:
    whole = (
        isinstance(value, list) and len(value) == 2 and all(isinstance(end, int) and not isinstance(end, bool) for end in value)
    )
    if not whole:
        raise FaultError(f"{name!r} is no pair of word numbers.")
    assert isinstance(value, list)
    if not 0 <= value[0] < value[1] <= words:
        raise FaultError(f"{name!r} is [{value[0]}, {value[1]}] in a text of {words} words.")
    return value[0], value[1]


def recognise(head: bytes, _file: str) -> bool:
    """By the first line that is an object with targets."""
    first = next((row for _, row in json_rows("\n".join(opening(head)), lambda _: None)), None)
    return isinstance(first, dict) and {"text", "targets"} <= first.keys()


FORMATS.register(
    Format(
        name="edges",
        title="Edge-probing JSON lines",
        measures="Labelled spans and labelled pairs of spans of sentences whose words are parted by spaces.",
        assumes="Spans count words from 0 and end before the second number; a target has one label, as text or as a list of one.",
        misleads="Targets with several labels are left out, each with a complaint: a task of such labels is not what its paper reports.",
        source="Tenney et al. 2019 (arXiv 1905.06316)",
        version=1,
        endings=(".jsonl", ".json"),
        example='{"text": "Dogs bark", "targets": [{"span1": [1, 2], "span2": [0, 1], "label": "nsubj"}]}\n'
        '{"text": "He sleeps", "targets": [{"span1": [1, 2], "span2": [0, 1], "label": "nsubj"}]}',
        parse=parse,
        recognise=recognise,
        suggest=lambda _head, _file, hints=FOUND: Reading(format="edges", encoding=hints.encoding),
    )
)
