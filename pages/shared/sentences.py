"""Sentences with their answers under the words: wrong ones underlined, marked with a cross, gold and predicted both told."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import streamlit as st

STYLE = """<style>
.st-sent{display:flex;flex-wrap:wrap;gap:.35rem .55rem;line-height:1.25;margin:.1rem 0 .2rem}
.st-tok{display:inline-flex;justify-content:space-between;flex-direction:column;align-items:center;max-width:16rem;overflow-wrap:anywhere}
.st-tok small{opacity:.72;font-size:.72rem}
.st-tok.off{opacity:.5}
.st-tok.no b{text-decoration:underline solid 2px #D55E00;text-underline-offset:4px;padding-bottom:.3rem}
.st-tok.no small{opacity:1;font-weight:600}
</style>"""


def draw(forms: Sequence[str], answers: Mapping[int, tuple[str, str]]) -> None:
    """One sentence. `answers`: 0-based word → (gold, predicted); words that were not asked are faint. All text is escaped."""
    tokens = []
    for position, form in enumerate(forms):
        word = html.escape(str(form))
        if position not in answers:
            tokens.append(f'<span class="st-tok off"><span>{word}</span><small>&nbsp;</small></span>')
            continue
        gold, predicted = (html.escape(str(label)) for label in answers[position])
        if gold == predicted:
            tokens.append(f'<span class="st-tok"><span>{word}</span><small>{gold}</small></span>')
        else:
            said = f"{word}: gold {gold}, predicted {predicted}"
            tokens.append(
                f'<span class="st-tok no" role="img" aria-label="{said}" title="{said}"><b>{word}</b>'
                f"<small>✗ {predicted} (gold {gold})</small></span>"
            )
    st.html(f'{STYLE}<div class="st-sent">{"".join(tokens)}</div>')
