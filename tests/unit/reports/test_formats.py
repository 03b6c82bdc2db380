"""The formats of a document: what is in a file, that text stays text, and what is refused."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html as escaping
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import plotly.graph_objects as go
import pytest

from probing.errors import BadInput
from probing.reports import as_json, browser, formats, html, markdown
from probing.reports.document import (
    Bullets,
    Chart,
    CodeBlock,
    DataTable,
    Document,
    Heading,
    MethodCard,
    Paragraph,
    Picture,
    Reference,
    facts,
)

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
LINK = '<a href="javascript:alert(1)">x</a>'


def hostile() -> Document:
    """Script-like text wherever a document has text."""
    figure = go.Figure(layout={"title": SCRIPT})
    figure.add_scatter(x=[0, 1], y=[1.0, 2.0], name=SCRIPT, text=[LINK, LINK], hovertemplate=f"{SCRIPT}<br>%{{y}}<extra></extra>")
    said = facts(corpus=SCRIPT)
    return Document(
        title=SCRIPT,
        subtitle=SCRIPT,
        facts=said,
        parts=(
            Heading(text=SCRIPT),
            Heading(text="Two"),
            Heading(text="Three"),
            Paragraph(text=SCRIPT),
            Bullets(items=(SCRIPT,), details=(SCRIPT,), role="finding"),
            Chart.of(figure, title=SCRIPT, finding=SCRIPT, drawn=SCRIPT, facts=said, note=SCRIPT, read=SCRIPT, misleads=SCRIPT),
            Picture(svg=f'<svg xmlns="http://www.w3.org/2000/svg"><script>{SCRIPT}</script></svg>', title=SCRIPT, drawn=SCRIPT),
            DataTable(columns=(SCRIPT, "n"), rows=((SCRIPT, 1), (None, 2)), title=SCRIPT, note=SCRIPT),
            CodeBlock(text=SCRIPT, language="sh"),
            MethodCard(name=SCRIPT, title=SCRIPT, measures=SCRIPT, assumes=SCRIPT, misleads=SCRIPT, source=SCRIPT),
        ),
        references=(Reference(key="a", text=SCRIPT, bibtex=SCRIPT, url="javascript:alert(1)"),),
        made=SCRIPT,
        software=SCRIPT,
        link=SCRIPT,
    )


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[str | None, str]] = []
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._open = tag
        if tag == "script":
            self.scripts.append((dict(attrs).get("type"), ""))

    def handle_endtag(self, tag: str) -> None:
        self._open = None

    def handle_data(self, data: str) -> None:
        if self._open == "script":
            kind, text = self.scripts[-1]
            self.scripts[-1] = kind, text + data


def elements(page: str) -> Elements:
    found = Elements()
    found.feed(page)
    return found


def test_script_like_text_stays_text_in_html() -> None:
    page = html.render(hostile())
    found = elements(page)
    for tag, attributes in found.found:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert "javascript:" not in (attributes.get("href") or "")
        assert (attributes.get("src") or "data:").startswith("data:")
    policy = next(one["content"] for tag, one in found.found if one.get("http-equiv") == "Content-Security-Policy")
    running = [text for kind, text in found.scripts if kind is None]
    assert len(running) == 1, "one script of ours runs, and plotly.js which it unpacks"
    assert html._file("page.js") in running[0]
    for script in (*running, html.plotly_js()):
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in str(policy)
    assert "default-src 'none'" in str(policy)
    figures = [json.loads(text) for kind, text in found.scripts if kind == "application/json"]
    drawn = json.dumps(figures)
    assert "<script" not in drawn
    assert "<img" not in drawn
    assert "<a href" not in drawn, "plotly would make a link of it"
    assert "<br>%{y}<extra></extra>" in drawn, "what figures set themselves stays"
    assert page.count(escaping.escape(SCRIPT)) > 20


def test_plotly_stands_in_the_file_once_and_only_with_charts() -> None:
    page = html.render(hostile())
    packed = [text for kind, text in elements(page).scripts if kind == "application/octet-stream"]
    assert len(packed) == 1
    assert gzip.decompress(base64.b64decode(packed[0])).decode() == html.plotly_js()
    assert not re.search(r"(?:src|href)=\"?(?:https?:)?//", page)
    without = html.render(Document(title="Words alone", parts=(Paragraph(text="No chart."),)))
    assert len(without) < 30_000


def test_headings_are_contents_and_figures_and_tables_have_numbers() -> None:
    page = html.render(hostile())
    assert 'href="#s1">Two</a>' in page
    assert 'id="s1">Two</h2>' in page
    assert "<b>Figure 1.</b>" in page
    assert "<b>Figure 2.</b>" in page
    assert "<b>Table 1.</b>" in page


def test_long_folded_tables_are_left_to_the_screen() -> None:
    table = DataTable(columns=("n",), rows=tuple((number,) for number in range(500)), title="All", folded=True)
    document = Document(title="A", parts=(table,))
    assert html.render(document).count("<tr>") == 501
    assert "500 rows" in html.render(document, paper=True)
    assert "<tr>" not in html.render(document, paper=True)


def test_script_like_text_stays_text_in_markdown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "found", lambda: None)
    text = markdown.render(hostile(), "figures").text
    outside = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"(?<!\\)<(?!https://)", outside)
    assert markdown.LACKING in text
    assert "The points of figure 1" in text
    assert "javascript:" not in text


@pytest.mark.parametrize("text", ["# a", "- a", "1. a", "a | b", "*a*", "`a`", "[a](b)", "<b>", "a\nb", "+ a", "&lt;"])
def test_markdown_has_no_markup_of_others(text: str) -> None:
    """A sign that would be markup has a backslash before it."""
    said = markdown.escape(text)
    assert "\n" not in said
    assert not re.search(r"(?<!\\)[`*_\[\]<>#|&]", said)
    assert not re.match(r"(?:[-+]|\d+\.)\s", said)
    assert re.sub(r"\\(.)", r"\1", said) == " ".join(text.split())


def test_code_in_markdown_does_not_end_its_fence() -> None:
    document = Document(title="A", parts=(CodeBlock(text="````\n# no heading"),))
    assert "`````\n````\n# no heading\n`````" in markdown.render(document, "f").text


def test_json_reads_back() -> None:
    assert Document.model_validate_json(as_json.render(hostile())) == hostile()


@pytest.mark.parametrize(
    ("name", "named", "found"),
    [
        ("a.html", None, "html"),
        ("a.PDF", None, "pdf"),
        ("a.md", None, "md"),
        ("a.json", None, "json"),
        ("a", "md", "md"),
        ("a.md", "html", "html"),
    ],
)
def test_the_format_is_named_or_goes_by_the_suffix(name: str, named: str | None, found: str) -> None:
    assert formats.format_of(Path(name), named) == found


@pytest.mark.parametrize(
    ("name", "named", "said"),
    [("a.doc", None, "names no format"), ("a", None, "names no format"), ("a.md", "docx", "choose html")],
)
def test_another_format_is_refused(name: str, named: str | None, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        formats.format_of(Path(name), named)


def test_files_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="names the folder"):
        formats.refuse_unwritable(tmp_path)
    with pytest.raises(BadInput, match="is not there"):
        formats.refuse_unwritable(tmp_path / "no" / "a.html")
    (tmp_path / "a.html").mkdir()
    with pytest.raises(BadInput, match="names the folder"):
        formats.refuse_unwritable(tmp_path / "a.html")
    formats.refuse_unwritable(tmp_path / "b.html")


def test_a_file_is_whole_or_absent(tmp_path: Path) -> None:
    place = tmp_path / "a.json"
    place.write_text("earlier")
    assert formats.write(hostile(), place, "json") == [place]
    assert Document.model_validate_json(place.read_text()) == hostile()
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_pdf_without_a_browser_is_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "found", lambda: None)
    with pytest.raises(BadInput, match="has no Chromium or Chrome"):
        formats.write(Document(title="A"), tmp_path / "a.pdf", "pdf")
    assert list(tmp_path.iterdir()) == []
