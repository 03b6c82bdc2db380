"""One way to draw a chart: its finding as a sentence, the figure, one line of what is drawn, and how to read it behind one question mark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import plotly.graph_objects as go
import streamlit as st

from pages.shared import cards, export, facts, frame, pinning
from pages.shared.export import Taken
from pages.shared.wording import escape
from probing import measures
from probing.reports.document import Fact


class Help(NamedTuple):
    """What stands behind the question mark: how to read the chart, when it misleads, and the cards of its measures and probe family."""

    read: str
    misleads: str
    measures: Iterable[str] = ()
    family: str = ""


def about(metric: str, more: str = "", cards: Iterable[str] = (), family: str = "") -> Help:
    """What the measure says of itself, `more` of how its chart is drawn, and its card before the other `cards`."""
    read, _, misleads = measures.MEASURES.get(metric).caption.removeprefix("How to read it: ").partition("When it misleads: ")
    return Help(f"{read.strip()} {more}".strip(), misleads, [metric, *cards], family)


def show(
    figure: go.Figure, name: str, key: str, drawn: str, about: Help, finding: str = "", select: bool = False
) -> list[dict[str, Any]]:
    """Draw the chart; with `select`, returns the points that were clicked. `drawn` is the line below it, `finding` the sentences above it.

    The text alternative is the finding and what is drawn.
    """
    say(finding)
    points = export.plot(figure, name, key, f"{finding} {drawn}".strip(), select)
    own = {"measures": tuple(about.measures), "family": about.family, "read": about.read, "misleads": about.misleads}
    with foot(drawn, key, about):
        taken_away(export.taken(lambda: figure, name, drawn, finding, **own), key)
    return points


def plain(figure: go.Figure, name: str, key: str, alt: str) -> None:
    """A chart of which something else on the page says how to read it: drawn with what may be taken away below it."""
    export.plot(figure, name, key, alt)
    with st.container(horizontal=True, gap="small"):
        taken_away(export.taken(lambda: figure, name, alt), key)


def taken_away(one: Taken, key: str) -> None:
    """Export and Pin of a picture."""
    _take(one, key, facts.fingerprints())


@frame.fragment
def _take(one: Taken, key: str, prints: tuple[Fact, ...]) -> None:
    """What is opened here runs nothing else of the page again."""
    with st.container(horizontal=True, width="content", gap="small"):
        export.chart(one, key)
        pinning.chart(one, key, prints)


def say(finding: str, place: Any = st) -> None:
    """The finding above a picture, a line for each of its sentences."""
    if finding:
        place.markdown("  \n".join(f"**{escape(line)}**" for line in finding.splitlines()))


@contextmanager
def foot(drawn: str, key: str, about: Help) -> Iterator[None]:
    """The line below a picture with its question mark; what is drawn inside, such as downloads, stands behind them."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(escape(drawn), width="stretch")
        with st.popover("?", type="tertiary", key=f"{key}-help", help="How to read this chart, and when it misleads"):
            st.markdown(f"**How to read it:** {escape(about.read)}")
            st.markdown(f"**When it misleads:** {escape(about.misleads)}")
            cards.inline(about.measures, about.family)
        yield
