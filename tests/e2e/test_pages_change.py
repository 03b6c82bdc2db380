"""A page that another one leads to is drawn and stays, however late the browser learns of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app.serving import ROOT, serving

pytestmark = pytest.mark.e2e

APP = """
import streamlit as st
st.navigation([st.Page("first.py", default=True), st.Page("second.py", url_path="second")], position="hidden").run()
"""
FIRST = """
import streamlit as st
from pages.shared import frame
st.title("A panel")
st.session_state.setdefault("ticks", 0)
@st.fragment(run_every=0.15)
def tick():
    st.session_state.ticks += 1
    st.write("Tick", st.session_state.ticks)
    if st.session_state.ticks > 6:
        frame.open_page("second.py", {"run": "1"})
tick()
"""
SECOND = """
import time
import streamlit as st
time.sleep(1.5)  # as long as the browser may go on asking for the fragment of the first page
st.write("All is drawn")
"""


def test_a_slow_browser_does_not_empty_the_page_that_a_panel_leads_to(
    tmp_path: Path, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name, text in (("app", APP), ("first", FIRST), ("second", SECOND)):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    with serving(tmp_path / "store", folder=tmp_path) as address:
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(address)
        page.wait_for_url("**/second?run=1")
        expect(page.get_by_text("All is drawn")).to_be_visible()
        page.wait_for_timeout(3000)
        expect(page.get_by_text("All is drawn")).to_be_visible()
