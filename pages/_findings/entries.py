"""The entries of a board: each pinned chart with its finding and note, and what is done with one of them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs

import plotly.graph_objects as go
import streamlit as st

from cache.store import Store
from pages.shared import choices, export, frame
from pages.shared.wording import escape, many
from probing import permissions
from probing.reports import boards
from probing.reports.boards import Board, Divider, Pin
from probing.reports.document import Chart
from probing.reports.framing import foot

FEW = 6  # charts that are drawn at once
HEIGHT = 330  # pixels of a chart at most
REMOVED = "entry-removed"
ROOT = Path(__file__).resolve().parents[2]


def show(store: Store, board: Board) -> None:
    """A page of entries, and the way back for what was removed."""
    _undo(store, board)
    pages = -(-len(board.entries) // FEW)
    first = 0
    if pages > 1:
        names = [f"{FEW * page + 1} to {min(FEW * (page + 1), len(board.entries))}" for page in range(pages)]
        first = FEW * names.index(choices.menu(st.columns([2, 5])[0], "Entries", names, "entries"))
    for place, entry in enumerate(board.entries[first : first + FEW], first):
        with st.container(border=isinstance(entry, Pin), key=f"entry-{entry.id}"):
            if isinstance(entry, Divider):
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    st.header(escape(entry.text), anchor=False, width="stretch")
                    _controls(store, board, entry, place)
            else:
                _pin(store, board, entry, place)


def _pin(store: Store, board: Board, pin: Pin, place: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{place + 1}. {escape(pin.called)}**", width="stretch")
        _controls(store, board, pin, place)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if isinstance(pin.part, Chart):
            figure = go.Figure(pin.part.figure, skip_invalid=True)
            figure.update_layout(template=None, height=min(pin.part.height, max(HEIGHT, pin.part.height // 2)))
            alt = f"{pin.part.finding} {pin.part.drawn}".strip()
            st.plotly_chart(figure, key=f"chart-{pin.id}", alt=alt, config=export.CONFIG)
        else:
            st.image(pin.part.svg, caption=escape(pin.part.drawn))
    with right:
        for line in pin.part.finding.splitlines():
            st.markdown(f"**{escape(line)}**")
        if pin.part.note:
            st.markdown("  \n".join(map(escape, pin.part.note.splitlines())))
        st.caption(escape(pin.part.drawn))
        st.caption(escape(foot(pin.part.facts)))
        if pin.link:
            page, _, query = pin.link.partition("?")
            _view_link(page, query)


def _view_link(page: str, query: str) -> None:
    """The view from which it was pinned, where the app still has that page."""
    file = f"pages/{page or 'home'}.py"
    if re.fullmatch(r"\w*", page) and (ROOT / file).is_file():
        asked = parse_qs(query, keep_blank_values=True)
        st.page_link(file, label="Open its view", icon=":material/open_in_new:", query_params=asked)


def _controls(store: Store, board: Board, entry: Pin | Divider, place: int) -> None:
    """Up, down, edit and remove, by buttons that the keyboard reaches; nothing on another user's board."""
    if not permissions.may(store.root, "edit", boards.thing(board.id)):
        return
    called = entry.called
    st.button(
        "Up", icon=":material/arrow_upward:", key=f"up-{entry.id}", type="tertiary", disabled=place == 0, help=f"Move {called[:60]} up",
        on_click=_change, args=(store, board.id, "moved", entry.id, -1),
    )  # fmt: skip
    st.button(
        "Down", icon=":material/arrow_downward:", key=f"down-{entry.id}", type="tertiary", disabled=place == len(board.entries) - 1,
        help=f"Move {called[:60]} down", on_click=_change, args=(store, board.id, "moved", entry.id, 1),
    )  # fmt: skip
    with st.popover("Edit", type="tertiary", key=f"edit-{entry.id}"), st.form(f"form-{entry.id}", border=False):
        if isinstance(entry, Pin):
            text = st.text_input("Title", entry.part.title, max_chars=boards.LONGEST["title"])
            note = st.text_area("Note", entry.part.note, max_chars=boards.LONGEST["note"])
        else:
            text, note = st.text_input("Heading", entry.text, max_chars=boards.LONGEST["heading"]), ""
        if st.form_submit_button("Save"):
            with frame.forgiving():
                boards.change(store, board.id, lambda own: own.edited(entry.id, text, note))
                st.rerun()
    st.button(
        "Remove", icon=":material/delete:", key=f"remove-{entry.id}", type="tertiary", help=f"Remove {called[:60]}",
        on_click=_remove, args=(store, board, entry, place),
    )  # fmt: skip


def _change(store: Store, board: str, how: str, *arguments: object) -> None:
    boards.change(store, board, lambda own: getattr(own, how)(*arguments))


def _remove(store: Store, board: Board, entry: Pin | Divider, place: int) -> None:
    boards.change(store, board.id, lambda own: own.without(entry.id))
    st.session_state[REMOVED] = board.id, entry, place


def _undo(store: Store, board: Board) -> None:
    id, entry, place = st.session_state.get(REMOVED, ("", None, 0))
    if entry is None or id != board.id:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{escape(entry.called)} was removed; {many(len(board.entries), 'entry', 'entries')} left.")
        st.button("Undo", key="undo", icon=":material/undo:", on_click=_back, args=(store, board.id, entry, place))


def _back(store: Store, board: str, entry: Pin | Divider, place: int) -> None:
    boards.change(store, board, lambda own: own.with_entry(entry, place))
    st.session_state.pop(REMOVED, None)
