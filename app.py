"""Strata: what each layer of a language model knows. Run with `make app` or `streamlit run app.py`."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame

STACK = """<g fill="none" stroke-width="3.4" stroke-linecap="round" stroke-linejoin="round">
<path d="M4 10 L16 4 L28 10 L16 16 Z" stroke="#0072B2" fill="#0072B2"/>
<path d="M4 16.5 L16 22.5 L28 16.5" stroke="#E69F00"/><path d="M4 23 L16 29 L28 23" stroke="#009E73"/></g>"""
# A Material icon here would be fetched from a font server of a third party at every load.
ICON = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32">{STACK}</svg>"""
LOGO = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 150 32" width="150" height="32">{STACK}
<text x="40" y="24" font-family="sans-serif" font-size="24" font-weight="700" fill="#3E8FC0">Strata</text></svg>"""

st.set_page_config(page_title="Strata", page_icon=ICON, layout="wide")
st.logo(LOGO, size="large")

frame.refuse_foreign()
frame.wake()

making = "hidden" if frame.demo() else "visible"
page = st.navigation(
    sections := {
        "": [
            st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
        ],
        "Explore": [
            st.Page("pages/overview.py", title="Overview", icon=":material/grid_view:", url_path="overview"),
            st.Page("pages/layers.py", title="Layers", icon=":material/stacked_line_chart:", url_path="layers"),
            st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"),
            st.Page("pages/sentence.py", title="Try a sentence", icon=":material/edit_note:", url_path="sentence"),
            st.Page("pages/trees.py", title="Trees", icon=":material/account_tree:", url_path="trees"),
            st.Page("pages/effort.py", title="Effort", icon=":material/speed:", url_path="effort"),
        ],
        "Make": [
            st.Page("pages/new_run.py", title="New run", icon=":material/play_circle:", url_path="new_run", visibility=making),
            st.Page("pages/fine_tune.py", title="Fine-tune", icon=":material/science:", url_path="fine_tune"),
            st.Page("pages/distil.py", title="Distil", icon=":material/compress:", url_path="distil"),
        ],
        "Findings": [
            st.Page("pages/findings.py", title="Findings", icon=":material/keep:", url_path="findings"),
        ],
        "Library": [
            st.Page(
                "pages/checkpoints.py", title="Checkpoints", icon=":material/memory:", url_path="checkpoints", visibility=making
            ),
            st.Page("pages/corpora.py", title="Corpora and data", icon=":material/article:", url_path="corpora"),
            st.Page("pages/history.py", title="History", icon=":material/history:", url_path="history"),
            st.Page("pages/store.py", title="Store", icon=":material/database:", url_path="store"),
        ],
        "Predict": [
            st.Page("pages/predict.py", title="Predict", icon=":material/query_stats:", url_path="predict", visibility=making),
            *(
                st.Page(f"pages/{old}.py", url_path=old, visibility="hidden") for old in ("data", "decodability", "lab")
            ),  # of earlier releases
        ],
    },
    position="hidden",
)
frame.sign_in()  # after st.navigation, or Streamlit would list the pages by itself
frame.menu(sections)
frame.tell_demo()
with frame.forgiving():  # what a page did not say itself, of input or a damaged store: one sentence, and the other pages go on
    page.run()
