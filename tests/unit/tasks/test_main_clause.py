"""Tense, number and the order of the main clause: checked by hand in English, Polish and Czech."""

from __future__ import annotations

import pytest

from probing.tasks.main_clause import number_of, order_of, relations, tense
from tests.handmade import ALL, corpus


@pytest.mark.parametrize(
    ("name", "label", "decides"),
    [
        ("en1", "past", "chase"),
        ("en2", "present", "read"),  # has not read: the finite auxiliary
        ("en3", None, None),  # would open: a modal without a tense
        ("en5", "present", "like"),
        ("en6", "past", "write"),  # was written
        ("pl1", "past", "gonić"),
        ("pl2", None, None),  # będzie czytała: the auxiliary is future, whatever the participle says
        ("pl3", "present", "lubić"),
        ("pl4", None, None),  # kupiłbym: a conditional
        ("pl7", None, None),  # a participle that is an adjective
        ("cs1", "past", "koupit"),  # jsem koupil: an active participle beside a present auxiliary
    ],
)
def test_tense(name: str, label: str | None, decides: str | None) -> None:
    case = tense(ALL[name])
    assert (case and case.label, case and case.decides) == (label, decides)


@pytest.mark.parametrize(
    ("name", "subject", "thing"),
    [
        ("en1", "plural", "singular"),  # dogs, cat
        ("en2", "singular", "plural"),  # teacher, books
        ("en3", None, "singular"),  # a pronoun
        ("en5", None, "singular"),  # brother and friends
        ("en6", "singular", None),  # of a passive
        ("en8", None, "singular"),  # a name
        ("pl1", "singular", "plural"),  # pies, koty
        ("pl3", "plural", "plural"),  # dzieci, jabłka
        ("pl6", None, None),  # no subject at all; ogród is the second clause's
        ("pl7", "singular", None),
    ],
)
def test_number(name: str, subject: str | None, thing: str | None) -> None:
    found = [number_of(argument, ALL[name]) for argument in ("nsubj", "obj")]
    assert [case and case.label for case in found] == [subject, thing]


def test_what_decides_is_the_noun() -> None:
    found = [number_of("nsubj", ALL[name]) for name in ("en1", "pl3")]
    assert [case and case.decides for case in found] == ["dog", "dziecko"]


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("en1", "nsubj ROOT obj"),
        ("en2", "nsubj aux advmod ROOT obj"),
        ("en6", "aux nsubj ROOT obl"),
        ("pl1", "nsubj ROOT obj"),
        ("pl4", "ROOT aux aux advmod obj"),
        ("pl6", "ROOT advmod advmod conj"),
    ],
)
def test_order(name: str, order: str) -> None:
    assert order_of(ALL[name]) == order


def test_rare_orders_are_one_class() -> None:
    text = [ALL["en1"]]
    found = relations(corpus({"train": [*text, ALL["en6"]], "dev": text, "test": [*text, ALL["pl4"]]}))
    assert [case and case.label for case in found["train"]] == ["nsubj ROOT obj", "other"], "dev does not have the second"
    assert [case and case.label for case in found["test"]] == ["nsubj ROOT obj", "other"]
