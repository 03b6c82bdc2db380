"""A curve as small as a line of text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, EDGE = 240, 36, 3


def sparkline(values: Sequence[float], colour: str, alt: str) -> str:
    """An image, as HTML, of two values or more: the lowest at the bottom, the highest at the top, which has a dot. `alt` is what a screen reader
    says. An image, since the page takes drawings out of HTML."""
    source = b64encode(_svg(values, colour).encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{source}" alt="{escape(alt)}" width="{WIDTH}" height="{HEIGHT}">'


def _svg(values: Sequence[float], colour: str) -> str:
    low, high = min(values), max(values)
    across, up = (WIDTH - 2 * EDGE) / (len(values) - 1), (HEIGHT - 2 * EDGE) / ((high - low) or 1)
    points = [(EDGE + across * i, HEIGHT - EDGE - up * (value - low)) for i, value in enumerate(values)]
    x, y = points[max(range(len(values)), key=values.__getitem__)]
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/></svg>'
    )
