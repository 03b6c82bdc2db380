"""Sentences with their answers under the words: wrong ones underlined, marked with a cross, gold and predicted both shown."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

STYLE = """<style>
.st-sent{display:flex;flex-wrap:wrap;gap:.35rem .55rem;line-height:1.25;margin:.1rem 0 .2rem}
.st-tok{display:inline-flex;justify-content:space-between;flex-direction:column;align-items:center;max-width:16rem;overflow-wrap:anywhere}
.st-tok small{opacity:.72;font-size:.72rem}
.st-tok.off{opacity:.5}
.st-tok.no b{text-decoration:underline solid 2px #D55E00;text-underline-offset:4px;padding-bottom:.3rem}
.st-tok.no small{opacity:1;font-weight:600}
.st-tok.gain b{text-decoration:underline solid 2px #0072B2;text-underline-offset:4px;padding-bottom:.3rem}
.st-tok.lost b{text-decoration:underline dashed 2px #D55E00;text-underline-offset:4px;padding-bottom:.3rem}
.st-tok.gain small,.st-tok.lost small{opacity:1;font-weight:600}
.st-span{border-radius:4px;padding:0 .25rem}
.st-span.one{border:2px solid #0072B2}
.st-span.two{border:2px dashed #D55E00}
</style>"""


def draw(forms: Sequence[str], answers: Mapping[int, tuple[str, str]]) -> None:
    """One sentence. `answers`: 0-based word → (gold, predicted); words without an item are faint. All text is escaped."""
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
            label = f"{word}: gold {gold}, predicted {predicted}"
            tokens.append(
                f'<span class="st-tok no" role="img" aria-label="{label}" title="{label}"><b>{word}</b>'
                f"<small>✗ {predicted} (gold {gold})</small></span>"
            )
    st.html(f'{STYLE}<div class="st-sent">{"".join(tokens)}</div>')


def draw_flips(forms: Sequence[str], flips: Mapping[int, tuple[str, str, str]], names: tuple[str, str]) -> None:
    """One sentence. `flips`: 0-based word → (gold, label of the first, label of the second) of those `names`. All text is escaped."""
    tokens = []
    for position, form in enumerate(forms):
        word = html.escape(str(form))
        if position not in flips:
            tokens.append(f'<span class="st-tok"><span>{word}</span><small>&nbsp;</small></span>')
            continue
        gold, first, second = (html.escape(str(label)) for label in flips[position])
        kind = "gain" if second == gold else "lost" if first == gold else "no"
        told = f"{word}: gold {gold}, {html.escape(names[0])} {first}, {html.escape(names[1])} {second}"
        gold_too = f" (gold {gold})" if kind == "no" else ""
        tokens.append(
            f'<span class="st-tok {kind}" role="img" aria-label="{told}" title="{told}"><b>{word}</b>'
            f"<small>{_sign(first, gold)} {first} → {_sign(second, gold)} {second}{gold_too}</small></span>"
        )
    st.html(f'{STYLE}<div class="st-sent">{"".join(tokens)}</div>')


def _sign(label: str, gold: str) -> str:
    return "✓" if label == gold else "✗"


def draw_spans(forms: Sequence[str], first: tuple[int, int], second: tuple[int, int] | None) -> None:
    """One sentence with a span framed, or two: the first solid with a 1, the second dashed with a 2. All text is escaped.

    A span goes from its first word to before its last number; a word of both has both frames.
    """
    spans = {"one": first} | ({} if second is None else {"two": second})
    tokens = []
    for position, form in enumerate(forms):
        word = f"<span>{html.escape(str(form))}</span>"
        spans_here = [name for name, (begin, end) in spans.items() if begin <= position < end]
        for name in spans_here:
            number = "" if second is None else f"<sup>{1 if name == 'one' else 2}</sup>"
            word = f'<span class="st-span {name}">{word}{number}</span>'
        tokens.append(f'<span class="st-tok{"" if spans_here else " off"}">{word}</span>')
    st.html(f'{STYLE}<div class="st-sent">{"".join(tokens)}</div>')


def spans_of(row: Mapping[str, Any]) -> tuple[tuple[int, int], tuple[int, int] | None] | None:
    """The spans of an item as its table tells them; None for an item that is a word or a sentence."""
    if row["word"] < 0 or "end" not in row:
        return None
    second = (int(row["second_word"]), int(row["second_end"])) if "second_word" in row else None
    return (int(row["word"]), int(row["end"])), second
