"""Formats of annotated text, one file each; each registers itself in FORMATS."""

from __future__ import annotations

from collections.abc import Sequence

from probing.corpora.formats import cola, conllu, edges, iob, slots, table
from probing.corpora.formats.format import FORMATS, HEAD, Format, Parsed, Tell
from probing.errors import BadInput

__all__ = [
    "FORMATS",
    "HEAD",
    "Format",
    "Parsed",
    "Tell",
    "cola",
    "conllu",
    "edges",
    "iob",
    "recognised",
    "slots",
    "table",
]


def recognised(opened: Sequence[tuple[str, bytes]]) -> Format:
    """The format of files (name, first HEAD bytes). Raises BadInput where none has all of them."""
    for candidate in sorted(FORMATS, key=lambda known: known.by_ending):
        if all(candidate.recognise(head, file) for file, head in opened):
            return candidate
    if any(file.lower().endswith(".conll") for file, _ in opened):
        return FORMATS.get("conllu")  # whose parser says what is wrong with them
    names = ", ".join(file for file, _ in opened[:3])
    raise BadInput(
        f"The format of {names} cannot be told: name one of {', '.join(FORMATS.names())} with --format or on the Data page."
    )
