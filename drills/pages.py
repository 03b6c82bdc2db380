"""Pages opened as a browser would, without a browser: every page of the app over a store, and what went wrong on it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, NamedTuple


class Opened(NamedTuple):
    """Tracebacks on the page, sentences in it, and how long it took."""

    tracebacks: list[str]
    sentences: list[str]
    seconds: float


def prepare() -> None:
    """Once a process: pages run through app.py as behind a server, and no page starts a job."""
    from streamlit.logger import set_log_level
    from streamlit.runtime.pages_manager import PagesManager
    from streamlit.testing.v1 import app_test

    from probing.execution import queue

    set_log_level("error")  # it warns of every opening that there is no server

    class Framed(PagesManager):
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            PagesManager.uses_pages_directory = False

    app_test.PagesManager = Framed  # type: ignore[misc]
    queue._supervise = lambda *_: None


def forget() -> None:
    """As a server that has just started: nothing of a store is remembered."""
    import streamlit as st

    st.cache_resource.clear()
    st.cache_data.clear()


def open_page(page: str, store: Path, address: dict[str, str]) -> Opened:
    from streamlit.testing.v1 import AppTest

    from tests.app.opening import PATIENCE, ROOT

    os.environ["STRATA_STORE"] = str(store)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app.switch_page(f"pages/{page}.py")
    for name, value in address.items():
        app.query_params[name] = value
    began = time.monotonic()
    app.run()
    seconds = time.monotonic() - began
    tracebacks = [" ".join([error.message, *error.stack_trace[-2:]])[:500] for error in app.exception]
    return Opened(tracebacks, [str(error.value) for error in app.error], seconds)


def address(page: str, known: dict[str, str]) -> dict[str, str]:
    """What a link to the page would hold, so that it reads what the store has."""
    return {
        "home": {"run": "waiting"},
        "new_run": {"run": "stopped"},
        "lab": {"make": "Results", "sweep": known["sweep"]},
        "layers": {"run": known["run"], "task": "upos", "layer": "3"},
        "compare": {"run": known["run"]},
        "effort": {"run": known["run"]},
        "checkpoints": {"checkpoint": known["product"]},
    }.get(page, {})
