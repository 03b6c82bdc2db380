"""A tree of a sentence as SVG: gold arcs above the words, predicted ones below, depths as bars. Pure."""

from __future__ import annotations

from base64 import b64encode
from html import escape

import numpy as np

from probing.figures.tree_reading import Arc, TreeReading

AGREE, MISSED, WRONG = "#009E73", "#CC79A7", "#D55E00"
LOOKS = {  # colour, width, dash: told apart without colour too
    "agree": f'stroke="{AGREE}" stroke-width="2.6"',
    "missed": f'stroke="{MISSED}" stroke-width="2" stroke-dasharray="8 4"',
    "wrong": f'stroke="{WRONG}" stroke-width="1.8" stroke-dasharray="2 3"',
}
LETTER, GAP, LEAST = 7.6, 15.0, 26.0  # of a word's width
BAR, WORDS = 30.0, 46.0  # the tallest bar, and the room of the words with their bars
NEAREST = 8  # words whose distances a hover tells
EDGE = 14.0


def tree_svg(reading: TreeReading, ink: str = "currentColor") -> str:
    """The sentence drawn at its natural width, words in the colour `ink`. All text is escaped."""
    x, widths = _across(reading)
    gold, predicted, agreeing = reading.gold, reading.predicted, set(reading.agreeing)
    line, below = _line(reading), _room(predicted)
    foot = line + 8 + WORDS
    width, height = float(x[-1] + widths[-1] / 2 + EDGE), foot + below + 6
    parts = [_arc(arc, x, line - 14, -1, "agree" if arc in agreeing else "missed", reading) for arc in gold]
    parts += [_word(word, reading, float(x[word]), line) for word in range(len(reading.forms))]
    parts += [_arc(arc, x, foot, 1, "agree" if arc in agreeing else "wrong", reading) for arc in predicted]
    said = escape(f"{len(agreeing)} of {len(gold)} gold arcs found: {' '.join(reading.forms)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'role="img" aria-label="{said}" font-family="sans-serif" font-size="14" fill="{ink}">{"".join(parts)}</svg>'
    )


def tree_html(reading: TreeReading, ink: str) -> str:
    """The same as an image, which runs nothing whatever the words are, with what each word tells when the pointer rests on it."""
    x, widths = _across(reading)
    line = _line(reading)
    areas = []
    for word, form in enumerate(reading.forms):
        said = escape(_told(word, reading) if reading.present[word] else f"{form}: no vector")
        half = (widths[word] - GAP) / 2
        box = (x[word] - half, line - 15, x[word] + half, line + WORDS)
        areas.append(
            f'<area shape="rect" coords="{",".join(f"{edge:.0f}" for edge in box)}" title="{said}" alt="{escape(form)}">'
        )
    alt = f"{len(reading.agreeing)} of {len(reading.gold)} gold arcs found: {' '.join(reading.forms)}"
    return (
        f'<div style="overflow-x:auto;padding-bottom:.4rem">{_image(tree_svg(reading, ink), alt, "tree-words")}'
        f'<map name="tree-words">{"".join(areas)}</map></div>'
    )


def legend_html(ink: str) -> str:
    """What the three kinds of arc look like."""
    return _image(
        _legend(ink), "Green, solid and thick: in both trees. Purple, dashed: gold only. Orange, dotted: predicted only."
    )


def _image(svg: str, alt: str, words: str = "") -> str:
    areas = f' usemap="#{words}"' if words else ""
    source = b64encode(svg.encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{source}" alt="{escape(alt)}" style="max-width:none"{areas}>'


def _across(reading: TreeReading) -> tuple[np.ndarray, np.ndarray]:
    """The middle of each word [n], and the room that it has [n]."""
    widths = np.array([max(LEAST, LETTER * len(form)) + GAP for form in reading.forms])
    return np.cumsum(widths) - widths / 2 + EDGE, widths


def _line(reading: TreeReading) -> float:
    """Where the words stand."""
    return _room(reading.gold) + 16


def _legend(ink: str) -> str:
    told = (("agree", "in both trees"), ("missed", "gold only"), ("wrong", "predicted only"))
    parts = [
        f'<line x1="{20 + 160 * i}" x2="{62 + 160 * i}" y1="11" y2="11" {LOOKS[kind]}/>'
        f'<text x="{70 + 160 * i}" y="15">{text}</text>'
        for i, (kind, text) in enumerate(told)
    ]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 22" width="500" height="22" '
        f'font-family="sans-serif" font-size="13" fill="{ink}">{"".join(parts)}</svg>'
    )


def _height(arc: Arc) -> float:
    return min(130.0, 16.0 + 11.0 * (arc[1] - arc[0]))


def _room(arcs: tuple[Arc, ...]) -> float:
    """A cubic with both handles at h reaches three quarters of it."""
    return max((0.75 * _height(arc) for arc in arcs), default=0.0) + 6


def _arc(arc: Arc, x: np.ndarray, y: float, side: int, kind: str, reading: TreeReading) -> str:
    i, j = arc
    top = y + side * _height(arc)
    told = {"agree": "in both trees", "missed": "gold only", "wrong": "predicted only"}[kind]
    said = escape(
        f"{reading.forms[i]} – {reading.forms[j]}: {told}; distance predicted {reading.distances[i, j]:.2f}, "
        f"gold {reading.gold_distances[i, j]}"
    )
    return (
        f'<path d="M{x[i]:.1f} {y:.1f}C{x[i]:.1f} {top:.1f} {x[j]:.1f} {top:.1f} {x[j]:.1f} {y:.1f}" fill="none" {LOOKS[kind]}>'
        f"<title>{said}</title></path>"
    )


def _word(word: int, reading: TreeReading, x: float, line: float) -> str:
    form = escape(reading.forms[word])
    if not reading.present[word]:
        return (
            f'<g opacity=".5"><title>{form}: no vector</title>'
            f'<text x="{x:.1f}" y="{line:.1f}" text-anchor="middle" text-decoration="line-through">{form}</text></g>'
        )
    deepest = float(max(np.nanmax(reading.depths), reading.gold_depths.max(), 1.0))
    depth = float(reading.depths[word])
    tall = BAR * min(1.0, depth / deepest)
    root = ' font-weight="700"' if reading.heads[word] == 0 else ""
    faint = "" if reading.asked[word] else ' opacity=".55"'
    number = f'<text x="{x:.1f}" y="{line + 19 + tall:.1f}" text-anchor="middle" font-size="10" opacity=".75">{depth:.1f}</text>'
    return (
        f"<g{faint}><title>{escape(_told(word, reading))}</title>"
        f'<text x="{x:.1f}" y="{line:.1f}" text-anchor="middle"{root}>{form}</text>'
        f'<rect x="{x - 4:.1f}" y="{line + 8:.1f}" width="8" height="{tall:.1f}" opacity=".4"/>{number}</g>'
    )


def _told(word: int, reading: TreeReading) -> str:
    """What a hover says: the depth, and the nearest words with both distances."""
    own = reading.distances[word]
    others = [int(other) for other in np.argsort(own) if other != word and reading.present[other]][:NEAREST]
    near = ", ".join(f"{reading.forms[other]} {own[other]:.1f} ({reading.gold_distances[word, other]})" for other in others)
    kind = "" if reading.asked[word] else " (punctuation: not asked)"
    return (
        f"{reading.forms[word]}{kind}: depth {reading.depths[word]:.1f} (gold {reading.gold_depths[word]}); "
        f"distance predicted (gold) to {near or 'no other word'}"
    )
