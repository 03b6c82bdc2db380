"""Intents and slots as JSON: by hand, written and read back, and every fault a complaint with its line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.errors import BadInput
from tests.unit.corpora.reading import FORM, FORMS, read, words


def chunk(text: str, entity: str | None = None) -> dict[str, str]:
    return {"text": text} | ({"entity": entity} if entity else {})


def test_slots_by_hand() -> None:
    item = {"data": [chunk("book "), chunk("The Spice Inn", "name"), chunk(" for"), chunk(" noon", "time"), chunk("? ")]}
    data = json.dumps({"Book": [item, item], "Play": [{"data": [chunk("song?")]}]}, indent=1)
    first, second, third = read("slots", data).sentences
    tags = [(word.form, dict(word.tags)["slot"]) for word in first.words]
    assert tags == [
        *(("book", "O"), ("The", "B-name"), ("Spice", "I-name"), ("Inn", "I-name")),
        *(("for", "O"), ("noon", "B-time"), ("?", "O")),
    ]
    assert first.labels == (("intent", "Book"),)
    assert (third.labels, words(third)) == ((("intent", "Play"),), ["song?"])
    where = [number for number, line in enumerate(data.split("\n"), start=1) if line == "  {"]
    assert [first.line, second.line, third.line] == where


@pytest.mark.parametrize(
    ("item", "complaint"),
    [
        ({}, "no list 'data'"),
        ([], "no list 'data'"),
        ({"data": [{"text": 3}]}, "a chunk of the sentence has no text"),
        ({"data": [{"text": "a", "entity": 1}]}, "or a slot that is no text"),
        ({"data": [chunk("  ")]}, "the sentence has no words"),
    ],
)
def test_a_faulty_sentence_of_slots(item: Any, complaint: str) -> None:
    good = {"data": [chunk("a")]}
    parsed = read("slots", json.dumps({"X": [good] * 10 + [item]}, indent=0))
    assert len(parsed.sentences) == 10
    assert complaint in parsed.complaints[0].message


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ('{"X": [\n{"data": ]}', r"f\.json, line 2: Expecting value, so the file is no JSON"),
        ('{"X": [\n{"data": []}', r"f\.json, line 2: Expecting ','"),
        ('{"X": 3}', r"Expecting '\['"),
        ("[]", r"Expecting '\{'"),
        ("{3: []}", "Expecting the name of an intent"),
        ('{"X": [{"data": [{"text": "a"}]}]} more', "Extra data"),
        ('{"X": [' + "[" * 100_000, "nested too deep|Expecting"),
    ],
)
def test_json_that_is_broken_names_its_line(data: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        read("slots", data)


@given(
    st.dictionaries(
        FORM,
        st.lists(st.lists(st.tuples(FORMS, st.none() | FORM), min_size=1, max_size=4), min_size=1, max_size=3),
        min_size=1,
        max_size=3,
    )
)
@settings(deadline=None, max_examples=50)
def test_slots_survive_writing(intents: dict[str, list[list[tuple[list[str], str | None]]]]) -> None:
    document = {
        intent: [{"data": [chunk(" ".join(forms) + " ", entity) for forms, entity in chunks]} for chunks in sentences]
        for intent, sentences in intents.items()
    }
    found = read("slots", json.dumps(document, ensure_ascii=False)).sentences
    expected = [
        (
            intent,
            [
                (form, f"{'I' if i else 'B'}-{entity}" if entity else "O")
                for forms, entity in chunks
                for i, form in enumerate(forms)
            ],
        )
        for intent, sentences in intents.items()
        for chunks in sentences
    ]
    assert [(dict(s.labels)["intent"], [(w.form, dict(w.tags)["slot"]) for w in s.words]) for s in found] == expected
