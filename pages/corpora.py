"""Corpora: contents of a treebank or of own data (sizes, labels, trees, duplicates, sentences, complaints)."""

from __future__ import annotations

import streamlit as st

from pages.shared import controls, corpus, frame

TREEBANKS = (
    "Treebanks in more than a hundred languages are free to download from "
    "[universaldependencies.org](https://universaldependencies.org): unpack one and type its folder above. "
    "For English, UD_English-EWT is a good first one."
)

frame.title(
    "Corpora",
    "Annotated text: the embedded grammar, any Universal Dependencies treebank (folder or file), or your own data.",
)
settings = frame.settings()
name = controls.choose_corpus(controls.own_corpora(settings))
st.page_link("pages/data.py", label="Add your own data", icon=":material/upload:")
if name:
    with frame.forgiving():
        corpus.show(controls.find_corpus(name, settings))
st.caption(TREEBANKS)
