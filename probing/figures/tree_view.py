"""A tree of a sentence as SVG: gold arcs above the words where they are known, predicted ones below, depths as bars. Pure."""

from __future__ import annotations

from base64 import b64encode
from html import escape

import numpy as np

from probing.analysis.predicted_tree import Arc, PredictedTree

AGREE, MISSED, WRONG = "#009E73", "#CC79A7", "#D55E00"
SAME, NEW, ALONE = "#0072B2", "#E69F00", "#8A8A8A"
LOOKS = {  # colour, width, dash: distinct without colour too
    "agree": f'stroke="{AGREE}" stroke-width="2.6"',
    "missed": f'stroke="{MISSED}" stroke-width="2" stroke-dasharray="8 4"',
    "wrong": f'stroke="{WRONG}" stroke-width="1.8" stroke-dasharray="2 3"',
    "same": f'stroke="{SAME}" stroke-width="2.6"',
    "new": f'stroke="{NEW}" stroke-width="2" stroke-dasharray="8 4"',
    "alone": f'stroke="{ALONE}" stroke-width="2.2"',
}
LEGEND = {
    "agree": "in both trees",
    "missed": "gold only",
    "wrong": "predicted only",
    "same": "as {beside}",
    "new": "not {beside}",
    "alone": "predicted",
}
LETTER, GAP, LEAST = 7.6, 15.0, 26.0  # of a word's width
BAR, WORDS = 30.0, 46.0  # the tallest bar, and the room of the words with their bars
BEFORE = "at the layer before"  # what a tree without a gold one is compared with
NEAREST = 8  # words whose distances a hover tells
EDGE = 14.0


def tree_svg(reading: PredictedTree, ink: str = "currentColor", before: PredictedTree | None = None, beside: str = BEFORE) -> str:
    """The sentence drawn at its natural width, words in the colour `ink`. All text is escaped.

    Without a gold tree the predicted arcs differ by whether `before` has them too: a reading of the layer before, or of what `beside` says.
    """
    x, _ = _across(reading)
    line, below = _line(reading), _room(reading.predicted)
    foot = line + 8 + WORDS
    width, height = width_of(reading), foot + below + 6
    shared, like, unlike = _compared(reading, before)
    bold = reading.root if reading.tree is None else reading.heads.index(0)
    parts = [_arc(arc, x, line - 14, -1, "agree" if arc in shared else "missed", reading, beside) for arc in reading.gold]
    parts += [_word(word, reading, float(x[word]), line, word == bold) for word in range(len(reading.forms))]
    parts += [_arc(arc, x, foot, 1, like if arc in shared else unlike, reading, beside) for arc in reading.predicted]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'role="img" aria-label="{escape(_said(reading))}" font-family="sans-serif" font-size="14" fill="{ink}">{"".join(parts)}</svg>'
    )


def tree_html(
    reading: PredictedTree, ink: str, before: PredictedTree | None = None, name: str = "tree-words", beside: str = BEFORE
) -> str:
    """The same as an image, which runs nothing whatever the words are, with what each word tells when the pointer rests on it; `name` is
    that of no other picture of the page."""
    x, widths = _across(reading)
    line = _line(reading)
    areas = []
    for word, form in enumerate(reading.forms):
        said = escape(_described(word, reading) if reading.present[word] else f"{form}: no vector")
        half = (widths[word] - GAP) / 2
        box = (x[word] - half, line - 15, x[word] + half, line + WORDS)
        areas.append(
            f'<area shape="rect" coords="{",".join(f"{edge:.0f}" for edge in box)}" title="{said}" alt="{escape(form)}">'
        )
    return (
        f'<div style="overflow-x:auto;padding-bottom:.4rem">{_image(tree_svg(reading, ink, before, beside), _said(reading), name)}'
        f'<map name="{name}">{"".join(areas)}</map></div>'
    )


def _said(reading: PredictedTree) -> str:
    """The picture in words."""
    if reading.tree is not None:
        return f"{len(reading.agreeing)} of {len(reading.gold)} gold arcs found: {' '.join(reading.forms)}"
    arcs = ", ".join(f"{reading.forms[i]} – {reading.forms[j]}" for i, j in reading.predicted)
    return f"Predicted arcs: {arcs or 'none'}. Least depth: {reading.forms[reading.root]}"


def _compared(reading: PredictedTree, before: PredictedTree | None) -> tuple[set[Arc], str, str]:
    """The predicted arcs that the gold tree has too, or the layer before; the look of those, and of the others."""
    if reading.tree is not None:
        return set(reading.agreeing), "agree", "wrong"
    if before is not None:
        return set(reading.shared(before)), "same", "new"
    return set(), "", "alone"


def legend_html(ink: str, gold: bool = True, beside: str = BEFORE) -> str:
    """What the kinds of arc look like: beside a gold tree, or without one beside the layer before or what `beside` says."""
    if gold:
        said = "Green, solid and thick: in both trees. Purple, dashed: gold only. Orange, dotted: predicted only."
        return _image(_legend(ink, ("agree", "missed", "wrong"), beside), said)
    return _image(_legend(ink, ("same", "new"), beside), f"Blue, solid: as {beside}. Orange, dashed: not {beside}.")


def _image(svg: str, alt: str, words: str = "") -> str:
    areas = f' usemap="#{words}"' if words else ""
    source = b64encode(svg.encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{source}" alt="{escape(alt)}" style="max-width:none"{areas}>'


def width_of(reading: PredictedTree) -> float:
    """Of the sentence's picture, in pixels."""
    x, widths = _across(reading)
    return float(x[-1] + widths[-1] / 2 + EDGE)


def _across(reading: PredictedTree) -> tuple[np.ndarray, np.ndarray]:
    """The middle of each word [n], and the room that it has [n]."""
    widths = np.array([max(LEAST, LETTER * len(form)) + GAP for form in reading.forms])
    return np.cumsum(widths) - widths / 2 + EDGE, widths


def _line(reading: PredictedTree) -> float:
    """Where the words stand."""
    return _room(reading.gold) + 16


def _legend(ink: str, kinds: tuple[str, ...], beside: str) -> str:
    step = 78 + 8 * max(len(LEGEND[kind].format(beside=beside)) for kind in kinds)
    parts = [
        f'<line x1="{20 + step * i}" x2="{62 + step * i}" y1="11" y2="11" {LOOKS[kind]}/>'
        f'<text x="{70 + step * i}" y="15">{escape(LEGEND[kind].format(beside=beside))}</text>'
        for i, kind in enumerate(kinds)
    ]
    width = step * len(kinds) + 20
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 22" width="{width}" height="22" '
        f'font-family="sans-serif" font-size="13" fill="{ink}">{"".join(parts)}</svg>'
    )


def _height(arc: Arc) -> float:
    return min(130.0, 16.0 + 11.0 * (arc[1] - arc[0]))


def _room(arcs: tuple[Arc, ...]) -> float:
    """A cubic with both handles at h reaches three quarters of it."""
    return max((0.75 * _height(arc) for arc in arcs), default=0.0) + 6


def _arc(arc: Arc, x: np.ndarray, y: float, side: int, kind: str, reading: PredictedTree, beside: str) -> str:
    i, j = arc
    top = y + side * _height(arc)
    true = "" if reading.tree is None else f", gold {reading.tree.distances[i, j]}"
    said = escape(
        f"{reading.forms[i]} – {reading.forms[j]}: {LEGEND[kind].format(beside=beside)}; distance predicted {reading.distances[i, j]:.2f}{true}"
    )
    return (
        f'<path d="M{x[i]:.1f} {y:.1f}C{x[i]:.1f} {top:.1f} {x[j]:.1f} {top:.1f} {x[j]:.1f} {y:.1f}" fill="none" {LOOKS[kind]}>'
        f"<title>{said}</title></path>"
    )


def _word(word: int, reading: PredictedTree, x: float, line: float, bold: bool) -> str:
    form = escape(reading.forms[word])
    if not reading.present[word]:
        return (
            f'<g opacity=".5"><title>{form}: no vector</title>'
            f'<text x="{x:.1f}" y="{line:.1f}" text-anchor="middle" text-decoration="line-through">{form}</text></g>'
        )
    deepest = float(max(np.nanmax(reading.depths), 1.0 if reading.tree is None else reading.tree.depths.max(), 1.0))
    depth = float(reading.depths[word])
    tall = BAR * min(1.0, depth / deepest)
    root = ' font-weight="700"' if bold else ""
    faint = "" if reading.scored[word] else ' opacity=".55"'
    number = f'<text x="{x:.1f}" y="{line + 19 + tall:.1f}" text-anchor="middle" font-size="10" opacity=".75">{depth:.1f}</text>'
    return (
        f"<g{faint}><title>{escape(_described(word, reading))}</title>"
        f'<text x="{x:.1f}" y="{line:.1f}" text-anchor="middle"{root}>{form}</text>'
        f'<rect x="{x - 4:.1f}" y="{line + 8:.1f}" width="8" height="{tall:.1f}" opacity=".4"/>{number}</g>'
    )


def _described(word: int, reading: PredictedTree) -> str:
    """What a hover says: the depth, and the nearest words with their distances, beside the gold ones where they are known."""
    own, tree = reading.distances[word], reading.tree
    others = [int(other) for other in np.argsort(own) if other != word and reading.present[other]][:NEAREST]
    true = [""] * len(others) if tree is None else [f" ({tree.distances[word, other]})" for other in others]
    near = ", ".join(f"{reading.forms[other]} {own[other]:.1f}{gold}" for other, gold in zip(others, true, strict=True))
    kind = "" if reading.scored[word] else " (punctuation: not scored)"
    deep = "" if tree is None else f" (gold {tree.depths[word]})"
    return (
        f"{reading.forms[word]}{kind}: depth {reading.depths[word]:.1f}{deep}; "
        f"distance predicted{'' if tree is None else ' (gold)'} to {near or 'no other word'}"
    )
