"""Corpora and data: what is in a treebank or in own data, and own data added: from a dropped file to a corpus of this store."""

from __future__ import annotations

import streamlit as st

from pages._corpora import adding, contents
from pages._corpora.adding import ADD, LOOK
from pages.shared import controls, frame
from pages.shared.wording import escape
from probing.corpora.registered import PREFIX
from probing.errors import BadInput
from probing.settings import Settings

TREEBANKS = (
    "Treebanks in more than a hundred languages are free to download from "
    "[universaldependencies.org](https://universaldependencies.org): unpack one and type its folder above. "
    "For English, UD_English-EWT is a good first one."
)


def choose_view() -> str:
    """Looking at a corpus, or adding data, which a path in the address means too."""
    view = st.query_params.get("do") or (ADD if "path" in st.query_params else LOOK)
    st.session_state["view-shown"] = view if view in (LOOK, ADD) and not frame.demo() else LOOK
    return str(
        st.segmented_control(
            "View",
            [LOOK] if frame.demo() else [LOOK, ADD],
            required=True,
            key="view-shown",
            on_change=_turn,
            label_visibility="collapsed",
        )
    )


def _turn() -> None:
    st.query_params["do"] = st.session_state["view-shown"]


def look(settings: Settings) -> None:
    """The corpus that is chosen; one that cannot be read has a link to where its columns and encoding are chosen."""
    name = controls.choose_corpus(controls.own_corpora(settings))
    if name:
        try:
            if name.startswith(PREFIX):
                adding.reading_of(name, settings)
            contents.show(controls.find_corpus(name, settings))
        except BadInput as error:
            frame.complain(error)
            query = {"do": ADD} if name.startswith(PREFIX) else {"do": ADD, "path": name}
            st.page_link("pages/corpora.py", label="Choose how it is read", icon=":material/tune:", query_params=query)
    st.caption(TREEBANKS)


def main() -> None:
    frame.title("Corpora and data", "Annotated text: the embedded grammar, any treebank, or your own data in common formats.")
    settings = frame.settings()
    view = choose_view()
    if trouble := st.session_state.pop("data-trouble", None):
        frame.complain(trouble)
    if message := st.session_state.pop("data-said", None):
        st.success(escape(message), icon=":material/check_circle:")
    if view == LOOK:
        with frame.forgiving():
            look(settings)
    else:
        with frame.forgiving("data"):
            adding.new(settings)


main()
