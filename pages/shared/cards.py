"""The card of a measure or method, in a popover."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from pages.shared.wording import escape
from probing import measures, probes
from probing.registry import Card


def popover(card: Card, label: str | None = None, formula: str = "") -> None:
    """A button that shows what the method measures, assumes, and when it misleads; `formula` is the file that computes a measure."""
    with st.popover(label or card.title, icon=":material/info:", type="tertiary"):
        _write(card, formula)


def _write(card: Card, formula: str = "") -> None:
    st.markdown(f"**{escape(card.title)}** · `{card.name}`")
    for heading, text in (
        ("What it measures", card.measures),
        ("What it assumes", card.assumes),
        ("When it misleads", card.misleads),
        ("Source", card.source),
    ):
        st.markdown(f"**{heading}.** {escape(text)}")
    if formula:
        st.markdown(f"**Formula.** `{formula}`")


def inline(names: Iterable[str], family: str = "") -> None:
    """The cards of measures, each once, and that of the probe family, where a popover is open already."""
    for name in dict.fromkeys(names):
        found = measures.MEASURES.get(name)
        _write(found.card, found.module)
    if family:
        _write(probes.FAMILIES.get(family).card)


def measure(name: str) -> None:
    """The card of a measure, with the file of its formula."""
    found = measures.MEASURES.get(name)
    popover(found.card, formula=found.module)


def of_measures(names: Iterable[str], family: str = "") -> None:
    """The cards of measures side by side, each once, and that of the probe family that they are of."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for name in dict.fromkeys(names):
            measure(name)
        if family:
            card = probes.FAMILIES.get(family).card
            popover(card, label=f"{card.title} probe")
