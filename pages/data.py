"""An address of earlier releases, in no menu: on it a file was added, or a corpus shown."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame

frame.through_app()
if "corpus" not in st.query_params:
    st.query_params["do"] = "Add data"
frame.lead("pages/corpora.py")
