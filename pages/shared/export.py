"""What may be taken away: every chart as a picture or a file of its own, and every table (CSV, parquet)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.shared import facts, names
from probing.installation import SOFTWARE
from probing.reports import browser, html, images
from probing.reports.document import Chart, Document, Picture
from probing.reports.framing import SizeName, Theme, framed
from probing.reports.harmless import harmless

# The camera is the only button of a chart: the others hide cells and cost a tab stop each.
CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "modeBarButtons": [["toImage"]],
    "toImageButtonOptions": {"format": "svg", "scale": 1},
}
PICTURES = {"PNG": "image/png", "SVG": "image/svg+xml", "PDF": "application/pdf"}
SIZES: dict[SizeName, str] = {"slide": "Slide", "paper": "Paper"}
THEMES: dict[Theme, str] = {"light": "Light", "dark": "Dark"}


class Taken(NamedTuple):
    """A chart as it leaves the page: `make` builds it when it is asked for, `name` is that of its files, `link` its view below the app's `address`;
    `measures` and `family` are what it shows."""

    make: Callable[[], Chart | Picture]
    name: str
    link: str = ""
    address: str = ""
    measures: tuple[str, ...] = ()
    family: str = ""

    @property
    def view(self) -> str:
        """The address of the view; empty where the app's own is not known."""
        return f"{self.address}/{self.link}" if self.address and self.link else ""


def taken(
    figure: Callable[[], go.Figure], name: str, drawn: str, finding: str = "", title: str = "", measures: tuple[str, ...] = (), family: str = "",
    read: str = "", misleads: str = "",
) -> Taken:  # fmt: skip
    """The chart that `figure` makes, with what this page knows of it. `drawn` says what is drawn; its first clause is the title where there is no
    other."""
    drawn = re.sub(r"\s*Click [^.]*\.", "", drawn)  # of the page alone
    title, known = title or title_of(drawn), facts.of_chart()

    def make() -> Chart:
        return Chart.of(figure(), title=title, finding=finding, drawn=drawn, facts=known, read=read, misleads=misleads)

    return Taken(make, name, facts.link(), facts.address(), measures, family)


def drawing(svg: Callable[[], str], name: str, drawn: str, title: str = "", family: str = "", finding: str = "") -> Taken:
    """The same of what is SVG already, such as a tree."""
    known = facts.of_chart()

    def make() -> Picture:
        return Picture(svg=svg(), title=title or title_of(drawn), finding=finding, drawn=drawn, facts=known)

    return Taken(make, name, facts.link(), facts.address(), (), family)


def title_of(drawn: str) -> str:
    """The first clause of the line that says what is drawn."""
    first = re.split(r"[,;:.](?:\s|$)", drawn, maxsplit=1)[0]
    return first[:1].upper() + first[1:] if first.partition(" ")[0].isalpha() else first


def plot(fig: go.Figure, name: str, key: str, alt: str, select: bool = False) -> list[dict[str, Any]]:
    """The chart over the full width. With `select`, returns the points that were clicked."""
    config = CONFIG | {"toImageButtonOptions": CONFIG["toImageButtonOptions"] | {"filename": name}}
    event: Any = st.plotly_chart(
        names.hover_in_full(fig),
        key=key,
        alt=alt,
        config=config,
        on_select="rerun" if select else "ignore",
        selection_mode="points",
    )
    return list(event["selection"]["points"]) if select else []


def chart(one: Taken, key: str) -> None:
    """The button that opens the formats of a chart. They are made only when one is pressed."""
    place = st.popover(
        "Export", type="tertiary", icon=":material/download:", key=f"{key}-export", on_change="rerun",
        help="The chart as PNG, SVG, PDF or HTML, with its finding and where it is from",
    )  # fmt: skip
    if place.open:
        with place:
            _formats(one, key)


def _formats(one: Taken, key: str) -> None:
    first, second = st.columns(2)
    with first:
        size = _switch("Size", SIZES, f"{key}-size", "slide", "A slide is 16 : 9 with large type; paper is 15 cm wide.")
    with second:
        theme = _switch("Colours", THEMES, f"{key}-theme", st.context.theme.type or "light", "HTML follows its reader's theme.")
    lacking = browser.found() is None
    with st.container(horizontal=True):
        for kind, mime in PICTURES.items():
            make = partial(picture, one, kind, size, theme)
            _download(kind, make, f"{one.name}-{size}-{theme}.{kind.lower()}", mime, key, disabled=lacking)
        _download("HTML", partial(page, one), f"{one.name}.html", "text/html", key)
    if lacking:
        st.caption(browser.LACKING)


def _switch(label: str, offered: dict[Any, str], key: str, first: str, said: str) -> Any:
    """A switch that remembers for all charts what was chosen last."""
    last = st.session_state.get(f"last-{label}", first)
    found = st.segmented_control(
        label, list(offered), default=last, required=True, key=key, format_func=offered.__getitem__, help=said
    )
    st.session_state[f"last-{label}"] = found
    return found


def picture(one: Taken, kind: str, size: SizeName, theme: Theme) -> bytes:
    """The framed chart as PNG, SVG or PDF. Raises BadInput where the machine has no browser."""
    spec = [framed(one.make(), size, theme, one.view)]
    if kind == "PDF":
        return images.pdf(spec)
    return images.pngs(spec)[0] if kind == "PNG" else images.svgs(spec)[0].encode("utf-8")


def page(one: Taken) -> str:
    """The chart as one HTML file that opens without the app."""
    part = one.make()
    title = part.title or part.finding or one.name
    alone = part.model_copy(update={"title": ""})
    return html.render(Document(title=title, facts=part.facts, parts=(alone,), software=SOFTWARE, link=one.view))


def table(frame: pd.DataFrame, name: str, key: str) -> None:
    """The downloads of a table that is shown elsewhere, with full names."""
    full = names.full()
    with st.container(horizontal=True):
        _download(
            "CSV",
            lambda: harmless(names.table_in_full(frame, full)).to_csv(index=False),
            f"{name}.csv",
            "text/csv",
            key,
            "Text that a spreadsheet would take for a formula begins with an apostrophe; Parquet has it unchanged.",
        )
        _download(
            "Parquet",
            lambda: _parquet(names.table_in_full(frame, full)),
            f"{name}.parquet",
            "application/vnd.apache.parquet",
            key,
        )


def numbers(frame: pd.DataFrame, name: str, key: str, alt: str, label: str = "The numbers") -> None:
    """The table behind a chart, folded away, with its downloads."""
    with st.expander(label, icon=":material/table:"):
        st.dataframe(frame, hide_index=True, height=300, alt=alt)
        table(frame, name, key)


def _download(
    kind: str, make: Callable[[], str | bytes], file: str, mime: str, key: str, said: str | None = None, disabled: bool = False
) -> None:
    """A button that makes the file only when it is pressed, and runs nothing of the page again."""
    st.download_button(
        kind,
        data=make,
        file_name=re.sub(r"[^\w.+=@-]+", "-", file),
        mime=mime,
        key=f"{key}-{kind.lower()}",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        help=said,
        disabled=disabled,
    )


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
