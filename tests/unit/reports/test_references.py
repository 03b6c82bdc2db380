"""Every registered method cites an entry of references.bib, or says that it is standard; entries are whole."""

from __future__ import annotations

import re

import pytest

from probing.commands.lists import registered_cards
from probing.installation import VERSION
from probing.registry import Card
from probing.reports import references
from probing.reports.references import Publication, cited_by, publications, standard
from probing.tuning.terms import TERMS

CARDS = [(kind, card) for kind, cards in registered_cards().items() for card in cards]
CITED = re.compile(r"\b(?:\d{4}\.\d{5}|[A-Z]\d{2}-\d{4})\b")


@pytest.mark.parametrize(("kind", "card"), CARDS, ids=[f"{kind}-{card.name}" for kind, card in CARDS])
def test_a_card_has_a_reference_or_is_standard(kind: str, card: Card) -> None:
    found = cited_by(card.source)
    assert found or standard(card.source), f"references.bib has nothing that {card.source!r} names"
    known = {name for one in found for name in one.names}
    for cited in CITED.findall(card.source):
        assert any(cited in name for name in known), f"references.bib lacks {cited}, which the card of {card.name} cites"


def test_every_term_of_a_distillation_has_a_reference() -> None:
    for term in TERMS.values():
        assert cited_by(term.source), term.name


def test_tests_of_reports_have_references() -> None:
    for name in (references.INTERVALS, references.PAIRED, references.MANY, references.UNPAIRED, references.OVER_SEEDS):
        assert len(cited_by(name)) == 1, name


@pytest.mark.parametrize("one", publications(), ids=lambda one: one.key)
def test_an_entry_is_whole(one: Publication) -> None:
    assert {"author", "title", "year"} <= one.fields.keys()
    assert re.fullmatch(r"(18|19|20)\d\d", one.fields["year"])
    assert one.fields["year"] in one.key
    assert one.kind == ("article" if "journal" in one.fields else "inproceedings" if "booktitle" in one.fields else "misc")
    assert one.names, "no card could find it"
    assert one.bibtex.count("{") == one.bibtex.count("}")
    assert "cited" not in one.bibtex
    assert not re.search(r"[{}\\]", one.reference.text), one.reference.text
    for author in one.fields["author"].split(" and "):
        assert "," in author or author == "{Student}", author


def test_entries_are_told_apart() -> None:
    keys = [one.key for one in publications()]
    assert len(keys) == len(set(keys))
    names = [name for one in publications() for name in one.names]
    assert len(names) == len(set(names))


def test_a_source_finds_what_it_names_and_no_more() -> None:
    found = cited_by("Conneau et al. 2018 (arXiv 1805.01070), there of constituency trees; Universal Dependencies v2")
    assert [one.key for one in found] == ["conneau2018cram", "nivre2020ud"]
    assert cited_by("arXiv 1805.010701") == []
    assert cited_by("Conneau et al. 2018b") == []


def test_references_are_once_by_author_and_this_software_is_last() -> None:
    found = references.references(["arXiv 2003.12298; arXiv 1610.01644", "arXiv 2003.12298"])
    assert [one.key for one in found] == ["alain2016probes", "voita2020mdl", "strata"]
    assert found[0].text == (
        "Alain and Bengio (2016). Understanding intermediate layers using linear classifier probes. arXiv:1610.01644."
    )
    assert found[0].url == "https://arxiv.org/abs/1610.01644"
    assert VERSION in found[-1].bibtex
