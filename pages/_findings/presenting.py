"""Presenting a board inside the app: one finding at a time in large type; arrow keys turn, Escape ends."""

from __future__ import annotations

import html

import plotly.graph_objects as go
import streamlit as st

from pages.shared import export
from probing.reports.boards import Board, Divider, Pin
from probing.reports.document import Chart
from probing.reports.framing import enlarged, foot, sentences

PARAMETER = "present"  # of the address: which finding is shown, from 1
ROOM = 460  # pixels of a chart at least
# Nothing but the finding is on the screen. Sizes follow the window, so that a projector and a laptop both have large type.
STYLE = """<style>
[data-testid="stSidebar"], [data-testid="stSidebarCollapsedControl"], [data-testid="stExpandSidebarButton"], header[data-testid="stHeader"]
{ display: none !important }
[data-testid="stMainBlockContainer"] { max-width: none; padding: 2.2vh 4vw 1vh }
.strata-slide { line-height: 1.25 }
.strata-slide .over { opacity: .7; font-size: clamp(15px, 1.5vw, 24px); margin: 0 0 .4em; font-weight: 400 }
.strata-slide h1 { font-size: clamp(24px, 2.7vw, 46px); line-height: 1.2; margin: 0; padding: 0; font-weight: 650 }
.strata-slide p { font-size: clamp(16px, 1.5vw, 26px); margin: .4em 0 0 }
.strata-slide .foot { opacity: .7; font-size: clamp(12px, .9vw, 15px) }
</style>"""


def wanted() -> bool:
    """Whether the address asks for it."""
    return PARAMETER in st.query_params


def begin() -> None:
    st.query_params[PARAMETER] = "1"


def _go(place: int) -> None:
    st.query_params[PARAMETER] = str(place)


def _end() -> None:
    st.query_params.pop(PARAMETER, None)


def show(board: Board) -> None:
    """The finding that the address names, and the three controls."""
    pins = board.pins
    asked = st.query_params.get(PARAMETER, "1")
    place = min(max(1, int(asked[:4]) if asked.isdecimal() else 1), len(pins))
    pin = pins[place - 1]
    st.html(STYLE)
    st.html(f'<div class="strata-slide">{_head(board, pin)}</div>')
    if isinstance(pin.part, Chart):
        figure = go.Figure(enlarged(pin.part.figure, max(ROOM, pin.part.height)), skip_invalid=True)
        st.plotly_chart(figure, key=f"present-{pin.id}", alt=f"{pin.part.finding} {pin.part.drawn}".strip(), config=export.CONFIG)
    else:
        st.image(pin.part.svg, width="stretch")
    st.html(f'<div class="strata-slide">{_under(pin)}</div>')
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="center", gap="small"):
        st.button(
            "Back",
            icon=":material/arrow_back:",
            key="present-back",
            shortcut="Left",
            disabled=place == 1,
            on_click=_go,
            args=(place - 1,),
        )
        st.markdown(f"{place} / {len(pins)}", width="content")
        st.button(
            "Next", icon=":material/arrow_forward:", key="present-next", shortcut="Right", disabled=place == len(pins), on_click=_go,
            args=(place + 1,),
        )  # fmt: skip
        st.button("End", icon=":material/close:", key="present-end", shortcut="Escape", on_click=_end)


def _head(board: Board, pin: Pin) -> str:
    """The group and the title above, the first sentence of the finding as the heading, the others below it."""
    before = board.entries[: board.entries.index(pin)]
    group = next((entry.text for entry in reversed(before) if isinstance(entry, Divider)), board.name)
    first, *more = sentences(pin.part.finding) or [pin.called]
    over = " · ".join(dict.fromkeys(text for text in (group, pin.part.title) if text and text != first))
    return f'<p class="over">{html.escape(over)}</p><h1>{html.escape(first)}</h1>' + "".join(
        f"<p>{html.escape(line)}</p>" for line in more
    )


def _under(pin: Pin) -> str:
    note = "".join(f"<p>{html.escape(line)}</p>" for line in pin.part.note.splitlines())
    return f'{note}<p class="foot">{html.escape(pin.part.drawn)}<br>{html.escape(foot(pin.part.facts))}</p>'
