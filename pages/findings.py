"""Findings: boards of pinned charts with notes, in the order in which they are told; presented one at a time, and exported whole."""

from __future__ import annotations

import streamlit as st

from cache.store import Store
from pages._findings import entries, leaving, presenting
from pages.shared import frame
from pages.shared.wording import escape, many
from probing import permissions
from probing.errors import BadInput
from probing.reports import boards
from probing.reports.boards import Board, Divider

TROUBLE, REMOVED = "board-trouble", "board-removed"


def empty() -> None:
    """What a board is for, and how the first chart comes onto it."""
    with st.container(border=True):
        st.markdown(
            "**Nothing is pinned yet.** A board keeps charts with their findings and your notes, to present and to export.\n\n"
            "1. Open a page with a chart, such as Layers or Compare.\n"
            "2. Press **Pin** below the chart, and write what it says.\n"
            "3. Come back: put the findings in order, press **Present**, or export the board as one file."
        )
        with st.container(horizontal=True):
            st.page_link("pages/overview.py", label="Open Overview", icon=":material/grid_view:")
            st.page_link("pages/layers.py", label="Open Layers", icon=":material/stacked_line_chart:")
            st.page_link("pages/compare.py", label="Open Compare", icon=":material/compare_arrows:")


def bar(store: Store, found: list[Board]) -> Board:
    """The board that the address names, what is done with it as a whole, and other boards."""
    names = {board.id: board.name for board in found}
    by_id = {board.id: board for board in found}
    first, second, third, fourth, _ = st.columns([4, 1.5, 1.5, 1.5, 2], vertical_alignment="bottom")
    chosen = by_id.get(st.query_params.get("board", ""), found[0])
    st.session_state["board-shown"] = chosen.id  # the address says it: a bound menu would write its titles there
    first.selectbox("Board", list(names), key="board-shown", format_func=lambda id: names.get(id, id), on_change=_turn)
    second.button(
        "Present", type="primary", icon=":material/slideshow:", key="present", disabled=not chosen.pins, width="stretch",
        on_click=presenting.begin, help="One finding at a time: arrow keys turn, Escape ends",
    )  # fmt: skip
    with third:
        leaving.popover(chosen)
    own = editable(store, chosen)
    with fourth.popover("Edit", icon=":material/edit:", width="stretch", key="board-edit"):
        if own:
            st.text_input("Name of this board", chosen.name, key=f"rename-{chosen.id}", max_chars=boards.LONGEST["name"])
            st.button("Rename", key="rename", on_click=_try, args=(_rename, store, chosen.id))
        st.text_input("A new board", key="new-board", max_chars=boards.LONGEST["name"], placeholder="its name")
        st.button("Make the board", key="make-board", on_click=_try, args=(_make, store))
        if own:
            st.button(
                "Delete this board", icon=":material/delete:", key="delete-board", on_click=_try, args=(_delete, store, chosen)
            )
    if not own:
        st.caption(f"A board of {escape(permissions.whose(store.root, boards.thing(chosen.id)))}: look, present and export.")
    return chosen


def editable(store: Store, board: Board) -> bool:
    return permissions.may(store.root, "edit", boards.thing(board.id))


def _turn() -> None:
    st.query_params["board"] = st.session_state["board-shown"]


def _try(act: object, *arguments: object) -> None:
    """Do what a button says; what cannot be done is said once the page is drawn."""
    try:
        act(*arguments)  # type: ignore[operator]
    except BadInput as error:
        st.session_state[TROUBLE] = str(error)


def _rename(store: Store, id: str) -> None:
    boards.change(store, id, lambda board: board.renamed(st.session_state[f"rename-{id}"]))


def _make(store: Store) -> None:
    board = boards.create(store, st.session_state["new-board"])
    st.query_params["board"], st.session_state["new-board"] = board.id, ""


def _delete(store: Store, board: Board) -> None:
    boards.remove(store, board.id)
    st.session_state[REMOVED] = board


def undo(store: Store) -> None:
    """What was removed last comes back by one press, until something else is done elsewhere."""
    board: Board | None = st.session_state.get(REMOVED)
    if board is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"The board {escape(board.name)} was deleted, with {many(len(board.pins), 'finding')}.")
        st.button("Undo", key="undo-board", icon=":material/undo:", on_click=_back, args=(store, board))


def _back(store: Store, board: Board) -> None:
    boards.restore(store, board)
    st.session_state.pop(REMOVED, None)
    st.query_params["board"] = board.id


def heading(store: Store, board: Board) -> None:
    """Add a heading below everything."""
    with st.form("heading", border=False, clear_on_submit=True):
        first, second, _ = st.columns([4, 1.5, 5], vertical_alignment="bottom")
        text = first.text_input("A heading", max_chars=boards.LONGEST["heading"], placeholder="over what you pin next")
        if second.form_submit_button("Add heading") and text.strip():
            with frame.forgiving():
                boards.change(store, board.id, lambda own: own.with_entry(Divider(text=" ".join(text.split()))))
                st.rerun()


def main() -> None:
    store = frame.store()
    found, damaged = boards.listed(store)
    if presenting.wanted() and found:
        by_id = {board.id: board for board in found}
        board = by_id.get(st.query_params.get("board", ""), found[0])
        if board.pins:
            presenting.show(board)
            return
    frame.title("Findings", "Charts that you pinned, with your notes, in the order in which you tell them.", makes=True)
    for sentence in damaged:
        frame.complain(sentence)
    if trouble := st.session_state.pop(TROUBLE, None):
        frame.complain(trouble)
    undo(store)
    if not found:
        empty()
        return
    board = bar(store, found)
    if not board.entries:
        empty()
    else:
        entries.show(store, board)
    if editable(store, board):
        heading(store, board)


with frame.forgiving():
    main()
