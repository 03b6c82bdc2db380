"""One sentence's predicted trees, layer by layer: what each shares with the one before, and all of them side by side. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import NamedTuple

from probing.analysis.predicted_tree import PredictedTree
from probing.figures.tree_view import tree_html, tree_svg, width_of

COLUMNS, TITLE, GAP = 2, 26, 24  # of the picture that is taken away: columns, a title's height, the room between trees
NARROW = 380  # pixels below which a column is not cut


class Step(NamedTuple):
    """A layer's reading, and that of the layer before it in the panel (None at the first)."""

    layer: int
    reading: PredictedTree
    before: PredictedTree | None
    caption: str


def steps(readings: Mapping[int, PredictedTree]) -> Iterator[Step]:
    """Layers from the lowest to the highest, with what each says in words: arcs shared with the layer before, the word of least depth."""
    before: tuple[int, PredictedTree] | None = None
    for layer, reading in sorted(readings.items()):
        caption = f"least depth: {reading.forms[reading.root]}"
        if before is not None:
            caption = f"{len(reading.shared(before[1]))} of {len(reading.predicted)} arcs as at layer {before[0]} · {caption}"
        yield Step(layer, reading, before[1] if before else None, caption)
        before = layer, reading


def panel_html(readings: Mapping[int, PredictedTree], ink: str) -> str:
    """Every layer's tree under its title, in as many columns as the widest has room for; one that is wider than the page scrolls."""
    wide = max(NARROW, *(width_of(reading) for reading in readings.values()))
    cells = "".join(
        f'<div style="min-width:0"><div style="padding-bottom:.2rem"><b>Layer {step.layer}</b> · {escape(step.caption)}</div>'
        f"{tree_html(step.reading, ink, step.before, f'own-{step.layer}')}</div>"
        for step in steps(readings)
    )
    columns = f"repeat(auto-fit,minmax(min(100%,{wide:.0f}px),1fr))"
    return f'<div style="display:grid;grid-template-columns:{columns};gap:{GAP}px">{cells}</div>'


def panel_svg(readings: Mapping[int, PredictedTree], title: str, ink: str = "currentColor") -> str:
    """The same as one picture of two columns under a title. All text is escaped."""
    pictures = [(step, tree_svg(step.reading, ink, step.before)) for step in steps(readings)]
    sizes = [_size(svg) for _, svg in pictures]
    wide = max(width for width, _ in sizes)
    parts, top = [f'<text x="4" y="18" font-weight="700">{escape(title)}</text>'], float(TITLE + GAP)
    for begin in range(0, len(pictures), COLUMNS):
        for column, (step, svg) in enumerate(pictures[begin : begin + COLUMNS]):
            at = f"translate({column * (wide + GAP):.0f} {top:.0f})"
            label = f"Layer {step.layer} · {escape(step.caption)}"
            parts.append(
                f'<g transform="{at}"><text x="4" y="14">{label}</text><g transform="translate(0 {TITLE})">{svg}</g></g>'
            )
        top += max(height for _, height in sizes[begin : begin + COLUMNS]) + TITLE + GAP
    width = min(COLUMNS, len(pictures)) * (wide + GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {top:.0f}" width="{width:.0f}" height="{top:.0f}" '
        f'font-family="sans-serif" font-size="14" fill="{ink}">{"".join(parts)}</svg>'
    )


def _size(svg: str) -> tuple[float, float]:
    found = re.search(r'width="(\d+)" height="(\d+)"', svg)
    assert found is not None, "tree_svg names its size"
    return float(found[1]), float(found[2])
