"""Sparklines: where their points lie, and what they say to a screen reader."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Sequence
from html import unescape
from xml.etree import ElementTree

from probing.figures.sparkline import EDGE, HEIGHT, WIDTH, sparkline


def drawing(values: Sequence[float]) -> ElementTree.Element:
    source = re.search(r"base64,([^\"]+)", sparkline(values, "#0072B2", ""))
    assert source is not None
    return ElementTree.fromstring(b64decode(source[1]))


def test_the_lowest_lies_at_the_bottom_and_the_highest_has_the_dot() -> None:
    line, dot = drawing([0.2, 0.8, 0.5])
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert points == [(EDGE, HEIGHT - EDGE), (WIDTH / 2, EDGE), (WIDTH - EDGE, HEIGHT / 2)]
    assert (float(dot.attrib["cx"]), float(dot.attrib["cy"])) == points[1]


def test_equal_values_are_a_flat_line() -> None:
    line, _ = drawing([0.4, 0.4])
    assert len({point.split(",")[1] for point in line.attrib["points"].split()}) == 1


def test_what_a_screen_reader_says_is_text() -> None:
    said = re.search(r'alt="([^"]*)"', sparkline([0.2, 0.8], "red", 'upos <of> "a"'))
    assert said is not None
    assert unescape(said[1]) == 'upos <of> "a"'
