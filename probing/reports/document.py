"""A document to be read without the app: titled parts in order, of plain text throughout.

Reports and exported boards are documents, and every format is written from one (`html`, `markdown`, `pdf`, `as_json`). All text is text: a format
escapes it, and nothing in it is markup. A document is JSON and comes back the same (`Document.model_validate_json(one.model_dump_json())`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from probing import registry

Value = bool | int | float | str | None
# Tags that figures set themselves; of any other, plotly would make a link or leave it out.
_OTHER_TAGS = re.compile(r"<(?!/?(?:br|b|i|em|sub|sup|extra)\s*/?>)", re.IGNORECASE)


class DocumentPart(BaseModel):
    """What all parts have in common: they do not change, and have no other fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(DocumentPart):
    """A fact of a caption: what is said of what, such as "corpus" and "EWT test"."""

    name: str
    value: str


def facts(**named: object) -> tuple[Fact, ...]:
    """Facts in this order, without those that are None or empty; an underscore in a name is a space."""
    return tuple(Fact(name=name.replace("_", " "), value=str(value)) for name, value in named.items() if value not in (None, ""))


class Heading(DocumentPart):
    """A heading below the title; level 1 is a chapter and stands in the table of contents."""

    kind: Literal["heading"] = "heading"
    text: str
    level: Literal[1, 2, 3] = 1


class Paragraph(DocumentPart):
    """Sentences. `role` says how they stand out: a finding is set in bold, a note is smaller, a warning is marked as one."""

    kind: Literal["paragraph"] = "paragraph"
    text: str
    role: Literal["text", "finding", "note", "warning"] = "text"


class Bullets(DocumentPart):
    """A list of sentences, each with one line more of detail where `details` has one for it."""

    kind: Literal["bullets"] = "bullets"
    items: tuple[str, ...]
    details: tuple[str, ...] = ()
    role: Literal["text", "finding"] = "text"


class Chart(DocumentPart):
    """A figure: `figure` is plotly's JSON. `finding` is the sentence above it, `drawn` the line of what is drawn below it, `facts` tell its
    checkpoints, corpus, n, probe, interval and date; `read` and `misleads` say how to read it. `note` is the reader's own sentence."""

    kind: Literal["chart"] = "chart"
    figure: dict[str, Any]
    title: str = ""
    finding: str = ""
    drawn: str = ""
    facts: tuple[Fact, ...] = ()
    read: str = ""
    misleads: str = ""
    note: str = ""

    @classmethod
    def of(cls, figure: go.Figure, **more: Any) -> Self:
        """The part that holds a plotly figure. Its arrays are written as base64, half the size of their digits."""
        drawn = json.loads(figure.to_json())
        drawn.get("layout", {}).pop("template", None)  # 7 KB of defaults; each format has a look of its own
        return cls(figure=_as_text(drawn), **more)

    @property
    def height(self) -> int:
        """In pixels; what the figure says, or plotly's own 450."""
        return int(self.figure.get("layout", {}).get("height") or 450)


class Picture(DocumentPart):
    """A drawing that is SVG already, such as a tree; shown as an image, so that nothing in it runs. Otherwise as a chart."""

    kind: Literal["picture"] = "picture"
    svg: str
    title: str = ""
    finding: str = ""
    drawn: str = ""
    facts: tuple[Fact, ...] = ()
    note: str = ""


class DataTable(DocumentPart):
    """Columns by name and rows of numbers and texts; None is not known. `folded`: shown on request where the format can."""

    kind: Literal["table"] = "table"
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    title: str = ""
    note: str = ""
    folded: bool = False

    @classmethod
    def of(cls, frame: pd.DataFrame, **more: Any) -> Self:
        """The part that holds a table; what is missing is None."""
        rows = tuple(tuple(map(_value, row)) for row in frame.astype(object).itertuples(index=False, name=None))
        return cls(columns=tuple(map(str, frame.columns)), rows=rows, **more)

    def texts(self) -> list[tuple[str, ...]]:
        """The rows as a reader sees them; the numbers of a column have as many decimals as all of them need, three at most."""
        decimals = [_decimals([row[place] for row in self.rows]) for place in range(len(self.columns))]
        return [tuple(shown(cell, places) for cell, places in zip(row, decimals, strict=True)) for row in self.rows]

    def numeric(self) -> list[bool]:
        """Of each column whether it holds numbers alone."""
        return [all(isinstance(row[place], int | float | None) for row in self.rows) for place in range(len(self.columns))]


class CodeBlock(DocumentPart):
    """Text to be copied as it is: commands, versions, BibTeX."""

    kind: Literal["code"] = "code"
    text: str
    language: str = ""


class MethodCard(DocumentPart):
    """What a reader should know of a method before trusting its number; `references` are keys of the document's references."""

    kind: Literal["card"] = "card"
    name: str
    title: str
    measures: str
    assumes: str
    misleads: str
    source: str
    references: tuple[str, ...] = ()

    @classmethod
    def of(cls, card: registry.Card, references: Iterable[str] = ()) -> Self:
        return cls(
            name=card.name,
            title=card.title,
            measures=card.measures,
            assumes=card.assumes,
            misleads=card.misleads,
            source=card.source,
            references=tuple(references),
        )


Part = Annotated[
    Heading | Paragraph | Bullets | Chart | Picture | DataTable | CodeBlock | MethodCard, Field(discriminator="kind")
]


class Reference(DocumentPart):
    """A publication, or this software: its key, the line that a reader sees, and its BibTeX entry."""

    key: str
    text: str
    bibtex: str
    url: str = ""


class Document(DocumentPart):
    """`title` and `subtitle` head it; `facts` tell where it is from (checkpoints, corpus, date, link); `link` opens what it is of in the app;
    `made` is when it was made (ISO, UTC); `software` is the program and its version."""

    schema_version: Literal[1] = 1
    title: str
    subtitle: str = ""
    facts: tuple[Fact, ...] = ()
    parts: tuple[Part, ...] = ()
    references: tuple[Reference, ...] = ()
    made: str = ""
    software: str = ""
    link: str = ""

    def of_kind(self, kind: str) -> Sequence[Any]:
        """Its parts of that kind, in order."""
        return [part for part in self.parts if part.kind == kind]

    @property
    def keywords(self) -> str:
        """Words for a file's description."""
        return ", ".join(part.text for part in self.of_kind("heading") if part.level == 1)


def shown(value: Value, decimals: int = 3) -> str:
    """A cell as a reader sees it; empty where it is not known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.2g}" if 0 < abs(value) < 0.5 * 10**-decimals else f"{value:,.{decimals}f}"
    return value


def _decimals(column: Sequence[Value]) -> int:
    """As many as the numbers of a column need, three at most; fewer where they are large."""
    numbers = [value for value in column if isinstance(value, float)]
    most = 1 if max(map(abs, numbers), default=0.0) >= 100 else 3
    return next((places for places in range(most) if all(abs(value - round(value, places)) < 1e-9 for value in numbers)), most)


def _as_text(part: Any) -> Any:
    """A figure's JSON in which a name or a label with a tag in it is drawn as it is written."""
    if isinstance(part, str):
        return _OTHER_TAGS.sub("&lt;", part)
    if isinstance(part, dict):
        return {name: _as_text(value) for name, value in part.items()}
    return [_as_text(value) for value in part] if isinstance(part, list) else part


def _value(value: Any) -> Value:
    """A cell as JSON has it."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return None if not math.isfinite(value) else value
    if isinstance(value, int):
        return value
    return None if value != value else str(value)
