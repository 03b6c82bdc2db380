"""Formats of annotated text, one file each; each registers itself in FORMATS."""

from __future__ import annotations

from collections.abc import Sequence

from probing.corpora import splits
from probing.corpora.formats.format import FORMATS, HEAD, Format, Parsed, Tell
from probing.errors import advised
from probing.installation import PROGRAM
from probing.registry import discover

__all__ = ["FORMATS", "HEAD", "Format", "Parsed", "Tell", "recognised"]

discover(__name__, __path__)


def recognised(opened: Sequence[tuple[str, bytes]]) -> Format:
    """The format of files (name, first HEAD bytes). Raises BadInput where none has all of them.

    Of several files a test without labels may look otherwise, so that of the others is enough.
    """
    others = [(file, head) for file, head in opened if "test" not in splits.said_by(file)]
    for candidate in sorted(FORMATS, key=lambda known: known.by_ending):
        if any(some and all(candidate.recognise(head, file) for file, head in some) for some in (opened, others)):
            return candidate
    if any(file.lower().endswith(".conll") for file, _ in opened):
        return FORMATS.get("conllu")  # whose parser says what is wrong with them
    names = ", ".join(file for file, _ in opened[:3])
    raise advised(
        f"The format of {names} cannot be told",
        f"register it with {PROGRAM} corpora add NAME PATH --format, which is one of {', '.join(FORMATS.names())}",
        "add it under Add data on the page Corpora and data, where a format can be chosen",
        "choose one of the formats, whose examples stand below",
    )
