"""A document as Markdown, with a picture beside it for every chart where a browser can draw them, and its points as a table where none can.

All text is escaped: it shows as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from probing.reports import browser, images
from probing.reports.document import (
    Bullets,
    Chart,
    CodeBlock,
    DataTable,
    Document,
    Fact,
    Heading,
    MethodCard,
    Paragraph,
    Part,
    Picture,
)
from probing.reports.framing import framed
from probing.reports.points import points

LACKING = "This machine has no browser that draws pictures, so charts are tables here."
MOST_ROWS = 200  # of a table; the HTML and JSON of the document have all
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_FIRST = re.compile(r"^(\s*)([-+]|\d+[.)])(?=\s)")


class Files(NamedTuple):
    """The text, and the pictures that it shows, by their path beside it."""

    text: str
    pictures: dict[str, str]


def render(document: Document, folder: str) -> Files:
    """`folder` is where the pictures are to lie, beside the text."""
    parts = [part for part in document.parts if isinstance(part, Chart | Picture)]
    drawn: dict[str, str] = {}
    if parts and browser.found() is not None:
        small = [part.model_copy(update={"title": "", "finding": "", "drawn": "", "facts": (), "note": ""}) for part in parts]
        made = images.svgs([framed(part, "slide", "light") for part in small])
        drawn = {f"{folder}/figure-{number}.svg": svg for number, svg in enumerate(made, 1)}
    lines = [f"# {escape(document.title)}", ""]
    if document.subtitle:
        lines += [escape(document.subtitle), ""]
    lines += [f"- {escape(one.name)}: {escape(one.value)}" for one in document.facts]
    lines.append("")
    if parts and not drawn:
        lines += [LACKING, ""]
    lines += _parts(document, folder, bool(drawn))
    if document.references:
        lines += ["## References", "", *(_reference(one.text, one.url) for one in document.references), ""]
        lines += _fenced("\n\n".join(one.bibtex for one in document.references), "bibtex")
    by = ", ".join(escape(part) for part in (document.software, document.made) if part)
    return Files("\n".join([*lines, f"Made by {by}." if by else "", ""]), drawn)


def escape(text: str) -> str:
    """Text in which no sign is markup, on one line."""
    line = " ".join(text.split())
    return _FIRST.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", line))


def _parts(document: Document, folder: str, drawn: bool) -> Iterator[str]:
    figures = tables = 0
    for part in document.parts:
        if isinstance(part, Chart | Picture):
            figures += 1
            yield from _figure(part, figures, folder if drawn else "")
        elif isinstance(part, DataTable):
            tables += 1
            yield from _table(part, f"**Table {tables}.** {escape(part.title)}")
        else:
            yield from _words(part)
        yield ""


def _words(part: Part) -> Iterator[str]:
    if isinstance(part, Heading):
        yield f"{'#' * (part.level + 1)} {escape(part.text)}"
    elif isinstance(part, Paragraph):
        mark = {"finding": "**{}**", "warning": "> {}"}.get(part.role, "{}")
        yield "  \n".join(mark.format(escape(line)) for line in part.text.splitlines())
    elif isinstance(part, Bullets):
        details = [*part.details, *[""] * len(part.items)]
        for item, more in zip(part.items, details, strict=False):
            said = f"**{escape(item)}**" if part.role == "finding" else escape(item)
            yield f"- {said}" + (f"  \n  {escape(more)}" if more else "")
    elif isinstance(part, CodeBlock):
        yield from _fenced(part.text, part.language)
    elif isinstance(part, MethodCard):
        yield f"### {escape(part.title)} ({escape(part.name)})"
        yield ""
        for name, text in (
            ("What it measures", part.measures),
            ("What it assumes", part.assumes),
            ("When it misleads", part.misleads),
            ("Source", part.source),
        ):
            yield f"- **{name}.** {escape(text)}"


def _figure(part: Chart | Picture, number: int, folder: str) -> Iterator[str]:
    if part.title:
        yield from (f"### {escape(part.title)}", "")
    for line in part.finding.splitlines():
        yield from (f"**{escape(line)}**", "")
    if folder:
        yield from (f"![{escape(part.finding or part.drawn)}]({folder}/figure-{number}.svg)", "")
    yield f"**Figure {number}.** {escape(part.drawn)}"
    if part.facts:
        yield from ("", _facts(part.facts))
    if part.note:
        yield from ("", escape(part.note))
    if not folder and isinstance(part, Chart) and (table := points(part.figure)) is not None:
        yield ""
        yield from _table(DataTable.of(table), f"The points of figure {number}")


def _facts(facts: tuple[Fact, ...]) -> str:
    return " · ".join(f"{escape(one.name)}: {escape(one.value)}" for one in facts)


def _table(part: DataTable, title: str) -> Iterator[str]:
    yield from (title, "")
    yield f"| {' | '.join(map(escape, part.columns))} |"
    yield f"|{'|'.join('---:' if number else '---' for number in part.numeric())}|"
    for row in part.texts()[:MOST_ROWS]:
        yield f"| {' | '.join(escape(cell) for cell in row)} |"
    if len(part.rows) > MOST_ROWS:
        yield from ("", f"{len(part.rows) - MOST_ROWS:,} more rows are in the HTML and JSON of this document.")
    if part.note:
        yield from ("", escape(part.note))


def _fenced(text: str, language: str) -> list[str]:
    """A block that no fence within ends."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", text, fence]


def _reference(text: str, url: str) -> str:
    return f"- {escape(text)}" + (f" <{url}>" if url.startswith("https://") and not re.search(r"[\s<>]", url) else "")
