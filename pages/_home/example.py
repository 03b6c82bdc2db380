"""The example run of the first page: what it asks, and what can be made ready while somebody reads about it."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import streamlit as st

from cache.errors import StoreError
from cache.store import Store
from probing import precision
from probing.errors import BadInput
from probing.estimate import estimate
from probing.execution import queue
from probing.runs import Plan, RunSpec, plan
from probing.settings import Settings

EXAMPLE = {
    "checkpoints": ("minilm-l6",),
    "corpus": "grammar",
    "tasks": ("upos",),
    "probes": ("linear",),
    "max_train": 400,
    "max_dev": 200,
    "max_test": 200,
    "seeds": 1,  # for the example; New run has three
}


def planned(settings: Settings) -> Plan:
    """Raises BadInput where the example cannot be asked."""
    return plan(RunSpec.parse(EXAMPLE), settings)


def device(settings: Settings) -> str:
    return precision.resolve_device(settings.device)


def time(store: Store, settings: Settings) -> str | None:
    """What it takes on this machine, such as `20 to 40 s`; None until the machine is measured, which this asks for. Raises BadInput as
    `planned` does."""
    if not queue.measured(store, device(settings)):
        return None
    return _time(str(store.root), len(store.results.run_folders.names()), store, settings)


@st.cache_data(ttl=60, max_entries=16, show_spinner=False)
def _time(root: str, runs: int, _store: Store, _settings: Settings) -> str:  # noqa: ARG001
    """Cached by what changes it: a plan takes a fifth of a second, and the first one of a process imports for some."""
    return estimate(planned(_settings), _store).time


@st.cache_resource(show_spinner=False, max_entries=8, ttl=queue.STAND_BY)
def make_ready(root: Path, _store: Store, _settings: Settings) -> None:  # noqa: ARG001
    """Once in a while and store: import and read what the example needs, here and in a worker that waits for it."""

    def ahead() -> None:
        with contextlib.suppress(BadInput, StoreError, OSError):  # whoever presses the button is told
            queue.stand_by(_store, planned(_settings).device)

    threading.Thread(target=ahead, daemon=True).start()
