"""The format `slots`: intents and slots as JSON, `{INTENT: [{"data": [{"text": "…", "entity": "…"}, …]}, …]}` (SNIPS).

A chunk's text is parted into words by white space, so the end of a chunk is the end of a word and punctuation stays where the chunks
have it: `noon` and `?` are two words where the file has them in two chunks, and `song?` is one where it does not.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from probing.corpora.decoding import check_bytes
from probing.corpora.faults import FaultError, left_out
from probing.corpora.formats.format import FORMATS, Format, Parsed, Tell, after_space, json_text, opening, refuse_empty
from probing.corpora.reading import FOUND, Reading
from probing.corpora.sentence import Complaint, Sentence, Word
from probing.corpora.words import bare, visible
from probing.errors import BadInput

INTENT, SLOT = "intent", "slot"
EVERY = 500  # sentences between two words of progress


def parse(data: bytes, file: str, reading: Reading, tell: Tell) -> Parsed:
    """Labels (("intent", INTENT),), and of each word the tag ("slot", O, B-SLOT or I-SLOT)."""
    complaints: list[Complaint] = []
    faults: list[Complaint] = []
    sentences: list[Sentence] = []
    text = json_text(data, file, complaints, reading.encoding)
    line, counted = 1, 0
    for number, (intent, item, at) in enumerate(_items(text, file), start=1):
        line, counted = line + text.count("\n", counted, at), at
        try:
            check_bytes(intent)
            words = _words(item)
        except FaultError as fault:
            faults.append(Complaint(file, line, str(fault)))
            continue
        sentences.append(Sentence(f"{file}:{line}", words, line, ((INTENT, sys.intern(intent)),)))
        if number % EVERY == 0:
            tell(at / len(text))
    found = [*complaints, *left_out(faults, len(sentences))]
    refuse_empty(sentences, file, "JSON with intents, and sentences in chunks of text")
    return Parsed(sentences, found)


def _items(text: str, file: str) -> Iterator[tuple[str, Any, int]]:
    """Each sentence's intent, its object, and where in the text it begins: a whole-file parser would not know its line."""
    decoder = json.JSONDecoder()
    try:
        at = _after(text, 0, "{")
        while True:
            at = after_space(text, at)
            intent, at = decoder.raw_decode(text, at)
            if not isinstance(intent, str):
                raise json.JSONDecodeError("Expecting the name of an intent", text, at)
            at = after_space(text, _after(text, _after(text, at, ":"), "["))
            while text[at : at + 1] != "]":
                begin = at
                item, at = decoder.raw_decode(text, at)
                yield intent, item, begin
                at = after_space(text, at)
                if text[at : at + 1] != "]":
                    at = after_space(text, _after(text, at, ","))
            at = after_space(text, at + 1)
            if text[at : at + 1] != ",":
                break
            at += 1
        end = after_space(text, _after(text, at, "}"))
        if end != len(text):
            raise json.JSONDecodeError("Extra data", text, end)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{file}, line {error.lineno}: {error.msg}, so the file is no JSON of intents and slots: mend it."
        ) from error
    except (RecursionError, ValueError) as error:  # a number of thousands of digits is a ValueError
        raise BadInput(
            f"{file} is nested too deep or has too long a number to be intents and slots: give SNIPS-style JSON."
        ) from error


def _after(text: str, at: int, mark: str) -> int:
    at = after_space(text, at)
    if text[at : at + 1] != mark:
        raise json.JSONDecodeError(f"Expecting '{mark}'", text, at)
    return at + 1


def _words(item: object) -> tuple[Word, ...]:
    chunks = item.get("data") if isinstance(item, dict) else None
    if not isinstance(chunks, list):
        raise FaultError("the sentence has no list 'data' of chunks.")
    words = []
    for chunk in chunks:
        text, entity = (chunk.get("text"), chunk.get("entity")) if isinstance(chunk, dict) else (None, None)
        if not isinstance(text, str) or not isinstance(entity, (str, type(None))):
            raise FaultError("a chunk of the sentence has no text, or a slot that is no text.")
        check_bytes(text + (entity or ""))
        for place, form in enumerate(text.split()):
            tag = "O" if not entity else f"{'I' if place else 'B'}-{entity}"
            words.append(bare(form, ((SLOT, sys.intern(tag)),)))
    if not any(visible(word.form) for word in words):
        raise FaultError("the sentence has no words.")
    return tuple(words)


def recognise(head: bytes, _file: str) -> bool:
    return bool(re.match(r'\s*\{\s*"[^"]*"\s*:\s*\[\s*\{\s*"data"\s*:\s*\[', "\n".join(opening(head))))


FORMATS.register(
    Format(
        name="slots",
        title="Intents and slots (SNIPS)",
        measures="The intent of each sentence, and its slots as BIO tags of its words.",
        assumes="JSON with intents as keys and sentences as chunks of text, some with an entity; train_X.json and validate_X.json of several "
        "intents are read in turn, a sentence from each. White space and the ends of chunks part words.",
        misleads="Sentences of one intent were often written after each other's pattern: look at the duplicates across splits.",
        source="Coucke et al. 2018 (arXiv 1805.10190)",
        version=1,
        endings=(".json",),
        example='{"PlayMusic": [{"data": [{"text": "play "}, {"text": "Blue Train", "entity": "album"}]},\n'
        '               {"data": [{"text": "play some "}, {"text": "jazz", "entity": "genre"}]}]}',
        parse=parse,
        recognise=recognise,
        suggest=lambda _head, _file, hints=FOUND: Reading(format="slots", encoding=hints.encoding),
        several=True,
    )
)
