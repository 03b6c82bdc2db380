"""Pin a chart to a board of findings, with a note of one's own."""

from __future__ import annotations

import streamlit as st

from cache.store import Store
from pages.shared import frame
from pages.shared.export import Taken
from pages.shared.wording import escape
from probing.errors import BadInput
from probing.reports import boards
from probing.reports.boards import Board, Pin
from probing.reports.document import Fact

LAST = "board-last"  # the board of this session's last pin
FIRST = "Findings"  # what the first board is called
NEW = "A new board"
DONE, SAID, TROUBLE = "pin-done", "pin-said", "pin-trouble"


def chart(one: Taken, key: str, prints: tuple[Fact, ...]) -> None:
    """The button that opens the note and the choice of a board."""
    if frame.demo():
        return
    place = st.popover(
        "Pin", type="tertiary", icon=":material/keep:", key=f"{key}-pin", on_change="rerun",
        help="Keep this chart with its finding on a board of Findings",
    )  # fmt: skip
    if place.open:
        with place, frame.forgiving():
            _form(one, key, prints)
    if st.session_state.get(DONE) == key:
        if SAID in st.session_state:  # a fragment's callback must not draw
            st.toast(f"Pinned to {escape(st.session_state.pop(SAID))}.", icon=":material/keep:")
        st.page_link("pages/findings.py", label="Open Findings", icon=":material/keep:")
    if st.session_state.get(TROUBLE, ("", ""))[0] == key:
        frame.complain(st.session_state.pop(TROUBLE)[1])


def _form(one: Taken, key: str, prints: tuple[Fact, ...]) -> None:
    store = frame.store()
    found = boards.editable(store)
    if found:
        last = st.session_state.get(LAST)
        names: dict[str, str] = {board.id: board.name for board in found} | {"": NEW}
        st.selectbox(
            "Board", list(names), index=list(names).index(last) if last in names else 0, key=f"{key}-board",
            format_func=lambda id: names.get(id, id),
        )  # fmt: skip
    st.text_area(
        "Your note", key=f"{key}-note", height=90, max_chars=boards.LONGEST["note"], placeholder="what it says, in your own words"
    )
    st.button("Pin to the board", type="primary", key=f"{key}-pinned", on_click=_pin, args=(one, key, prints))


def _pin(one: Taken, key: str, prints: tuple[Fact, ...]) -> None:
    """Keep the chart, close the popover, and say so."""
    store = frame.open_store(frame.settings().store)
    try:
        chosen = st.session_state.get(f"{key}-board") or _new(store).id
        part = one.make()
        note = st.session_state.get(f"{key}-note") or ""
        pin = Pin(part=part, measures=one.measures, family=one.family, fingerprints=prints, link=one.link, pinned=boards.now())

        def pinned(board: Board) -> Board:
            return board.with_entry(pin).edited(pin.id, part.title, note)

        board = boards.change(store, chosen, pinned)
    except BadInput as error:
        st.session_state[TROUBLE] = key, str(error)
        return
    st.session_state[LAST], st.session_state[DONE] = board.id, key
    st.session_state[f"{key}-pin"] = False
    st.session_state[f"{key}-note"] = ""
    st.session_state[SAID] = board.name


def _new(store: Store) -> Board:
    """A board of a name that is not taken."""
    taken = {board.name for board in boards.listed(store)[0]}
    return boards.create(store, next(name for name in (FIRST, *(f"{FIRST} {n}" for n in range(2, 1000))) if name not in taken))
