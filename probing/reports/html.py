"""A document as one HTML file that opens without the app and without a network.

plotly.js stands in it once, as base64 of gzip. A content security policy lets run what the file itself brings, by its hash, and nothing else; all
text is escaped.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any

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
    Picture,
    Reference,
)
from probing.reports.framing import as_text, sentences

MOST_ON_PAPER = 60  # rows of a folded table that paper shows
TALL = 16  # rows from which a table scrolls
LONG_WORD = 24  # characters


def render(document: Document, paper: bool = False) -> str:
    """The file. `paper`: as it is to be printed, in which folded parts are shown or left out."""
    body = "\n".join(_parts(document, paper))
    charts = any(part.kind == "chart" for part in document.parts)
    page = "\n".join(map(_file, ("settle.js", "page.js", "present.js")))
    scripts = [page, *([plotly_js()] if charts else [])]
    policy = "; ".join(
        [
            "default-src 'none'",
            "script-src " + " ".join(f"'sha256-{_digest(script)}'" for script in scripts),
            "style-src 'unsafe-inline'",  # plotly.js sets styles of its own
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="en"{" data-paper=yes" if paper else ""}>',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(document.title)}</title>",
            f'<meta name="generator" content="{_text(document.software)}">',
            f'<meta name="keywords" content="{_text(document.keywords)}">',
            f"<style>{_file('page.css')}</style>",
            "</head>",
            "<body>",
            '<div class="frame">',
            _contents(document),
            "<main>",
            _head(document),
            body,
            _references(document.references),
            _foot(document),
            "</main>",
            "</div>",
            f'<script type="application/octet-stream" id="plotly">{_packed()}</script>' if charts else "",
            f"<script>{page}</script>",
            "</body>",
            "</html>\n",
        ]
    )


@lru_cache(maxsize=1)
def plotly_js() -> str:
    """plotly.js of the installed plotly."""
    return (resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _packed() -> str:
    return base64.b64encode(gzip.compress(plotly_js().encode("utf-8"), 9, mtime=0)).decode("ascii")


@lru_cache(maxsize=2)
def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


@lru_cache(maxsize=8)
def _file(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _text(value: object) -> str:
    return html.escape(str(value))


def _headings(document: Document) -> Iterator[tuple[str, Heading]]:
    """Each heading with its anchor, the references last."""
    for place, part in enumerate(document.parts):
        if isinstance(part, Heading):
            yield f"s{place}", part
    if document.references:
        yield "references", Heading(text="References")


def _contents(document: Document) -> str:
    """The table of contents: beside the text where there is room, folded above it where not."""
    lines = [
        f'<li><a class="l{part.level}" href="#{anchor}">{_text(part.text)}</a></li>'
        for anchor, part in _headings(document)
        if part.level < 3
    ]
    if len(lines) < 3:
        return '<div class="none"></div>'
    listed = f"<ol>{''.join(lines)}</ol>"
    return (
        f'<nav class="wide" aria-label="Contents">{listed}</nav>'
        f'<nav class="narrow" aria-label="Contents"><details><summary>Contents</summary>{listed}</details></nav>'
    )


def _head(document: Document) -> str:
    sub = f'<p class="sub">{_text(document.subtitle)}</p>' if document.subtitle else ""
    return f"<header><h1>{_text(document.title)}</h1>{sub}{_facts(document.facts)}</header>"


def _facts(facts: tuple[Fact, ...]) -> str:
    lines = "".join(f"<dt>{_text(one.name)}</dt><dd>{_text(one.value)}</dd>" for one in facts)
    return f'<dl class="facts">{lines}</dl>' if lines else ""


def _foot(document: Document) -> str:
    parts = [part for part in (f"Made by {document.software}" if document.software else "", document.made) if part]
    link = f" Open in the app: <code>{_text(document.link)}</code>" if document.link else ""
    return f"<footer>{_text(', '.join(parts))}.{link}</footer>" if parts or link else ""


def _parts(document: Document, paper: bool) -> Iterator[str]:
    figures = tables = 0
    for place, part in enumerate(document.parts):
        if isinstance(part, Heading):
            yield f'<h{part.level + 1} id="s{place}">{_text(part.text)}</h{part.level + 1}>'
        elif isinstance(part, Paragraph):
            yield f'<p class="{part.role}">{_lines(part.text)}</p>'
        elif isinstance(part, Bullets):
            yield _bullets(part)
        elif isinstance(part, Chart | Picture):
            figures += 1
            yield _figure(part, figures, paper)
        elif isinstance(part, DataTable):
            tables += 1
            yield _table(part, tables, paper)
        elif isinstance(part, CodeBlock):
            yield f"<pre><code>{_text(part.text)}</code></pre>"
        elif isinstance(part, MethodCard):
            yield _card(part, paper)


def _lines(text: str) -> str:
    return "<br>".join(map(_text, text.splitlines()))


def _bullets(part: Bullets) -> str:
    details = [*part.details, *[""] * len(part.items)]
    lines = [
        f"<li>{_text(item)}" + (f'<span class="detail">{_text(more)}</span>' if more else "") + "</li>"
        for item, more in zip(part.items, details, strict=False)
    ]
    return f'<ul class="{part.role}">{"".join(lines)}</ul>'


def _figure(part: Chart | Picture, number: int, paper: bool) -> str:
    alt = " ".join(text for text in (part.title, part.finding, part.drawn) if text)
    if isinstance(part, Chart):
        drawn = (
            f'<div class="plot waiting" id="figure-{number}" role="img" aria-label="{_text(alt)}" style="height:{part.height}px">'
            "<noscript>The charts need JavaScript; the tables do not.</noscript></div>"
            f'<script type="application/json">{_json(as_text(part.figure))}</script>'
        )
    else:
        data = base64.b64encode(part.svg.encode("utf-8")).decode("ascii")
        drawn = f'<img alt="{_text(alt)}" src="data:image/svg+xml;base64,{data}">'
    tags = " · ".join(f"{one.name}: {one.value}" for one in part.facts)
    lines = [
        f"<b>Figure {number}.</b> {_text(part.drawn)}",
        f'<span class="tags">{_text(tags)}</span>' if tags else "",
        f'<span class="own">{_lines(part.note)}</span>' if part.note else "",
    ]
    return "".join(
        [
            '<figure class="figure">',
            f"<h4>{_text(part.title)}</h4>" if part.title else "",
            _finding(part.finding),
            drawn,
            f"<figcaption>{''.join(lines)}{'' if paper else _how(part)}</figcaption>",
            "</figure>",
        ]
    )


def _finding(text: str) -> str:
    """Its first sentence is the headline of the chart when it is presented."""
    first, *more = sentences(text) or [""]
    rest = "".join(f'<span class="rest">{_text(line)}</span>' for line in more)
    return f'<p class="finding">{_text(first)}{rest}</p>' if first else ""


def _how(part: Chart | Picture) -> str:
    said = [
        (name, text)
        for name, text in (("How to read it", getattr(part, "read", "")), ("When it misleads", getattr(part, "misleads", "")))
        if text
    ]
    lines = "".join(f"<p><b>{name}.</b> {_text(text)}</p>" for name, text in said)
    return f'<details class="how"><summary>How to read this chart</summary>{lines}</details>' if lines else ""


def _json(value: Any) -> str:
    """JSON that ends no script element, whatever its text."""
    said = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return said.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _table(part: DataTable, number: int, paper: bool) -> str:
    title = f'<p class="caption"><b>Table {number}.</b> {_text(part.title)}</p>'
    if paper and part.folded and len(part.rows) > MOST_ON_PAPER:
        return f'<div class="table">{title}<p class="note">Its {len(part.rows):,} rows are in the HTML and JSON of this document.</p></div>'
    numeric = part.numeric()
    heads = "".join(
        f'<th scope="col"{" class=n" if number else ""}>{_text(name)}</th>'
        for name, number in zip(part.columns, numeric, strict=True)
    )
    rows = "".join(
        "<tr>" + "".join(_cell(cell, number) for cell, number in zip(row, numeric, strict=True)) + "</tr>" for row in part.texts()
    )
    tall = " tall" if len(part.rows) > TALL and not paper else ""
    table = (
        f'<div class="scroll{tall}" tabindex="0" role="region" aria-label="{_text(part.title)}"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    note = f'<p class="note">{_text(part.note)}</p>' if part.note else ""
    if part.folded and not paper:
        return f'<div class="table"><details class="more"><summary>Table {number}. {_text(part.title)}</summary>{table}{note}</details></div>'
    return f'<div class="table">{title}{table}{note}</div>'


def _cell(text: str, number: bool) -> str:
    """A number stands right; a word that is longer than a column may be broken."""
    kind = " class=n" if number else " class=long" if max(map(len, text.split()), default=0) > LONG_WORD else ""
    return f"<td{kind}>{_text(text)}</td>"


def _card(part: MethodCard, paper: bool) -> str:
    said = (
        ("What it measures", part.measures),
        ("What it assumes", part.assumes),
        ("When it misleads", part.misleads),
        ("Source", part.source),
    )
    lines = "".join(f"<dt>{name}</dt><dd>{_text(text)}</dd>" for name, text in said if text)
    opened = " open" if paper else ""
    return f'<details class="card"{opened}><summary>{_text(part.title)} <code>{_text(part.name)}</code></summary><dl>{lines}</dl></details>'


def _references(references: tuple[Reference, ...]) -> str:
    if not references:
        return ""
    lines = []
    for one in references:
        link = (
            f' <a href="{_text(one.url)}" rel="noopener noreferrer">{_text(one.url)}</a>'
            if one.url.startswith("https://")
            else ""
        )
        lines.append(f"<li>{_text(one.text)}{link}</li>")
    bibtex = "\n\n".join(one.bibtex for one in references)
    return (
        f'<h2 id="references">References</h2><ol class="references">{"".join(lines)}</ol>'
        f'<details class="more"><summary>BibTeX</summary><pre><code>{_text(bibtex)}</code></pre></details>'
    )
