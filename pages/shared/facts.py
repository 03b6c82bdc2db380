"""What the charts of a page are of: checkpoints, corpus, probe, items, interval, runs and date. Exports and pins say it beside the chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from probing.records.run import RunRecord
from probing.reports.document import Fact, facts

KEY, PRINTS = "chart-facts", "chart-fingerprints"
ORDER = ("checkpoints", "corpus", "split", "n", "task", "probe", "interval", "run", "date")
INTERVAL = "95 %"


def forget() -> None:
    """A page begins: nothing is known of its charts."""
    st.session_state[KEY], st.session_state[PRINTS] = {}, {}


def remember(**known: Any) -> None:
    """What all charts drawn from here on are of, until the page says otherwise; None takes a fact back."""
    st.session_state[KEY] = st.session_state.get(KEY, {}) | known


def remember_runs(records: Sequence[RunRecord], checkpoints: Iterable[str], full: Mapping[str, str]) -> None:
    """The runs that a page shows, and the `checkpoints` by the names that it shows them under; `full` has the full name where it is another."""
    finished = [record.finished[:10] for record in records if record.finished]
    remember(
        checkpoints=in_full(checkpoints, full),
        corpus=", ".join(dict.fromkeys(record.corpus.name for record in records)),
        run=", ".join(dict.fromkeys(record.run[:6] for record in records)),
        date=max(finished, default=None),
        interval=INTERVAL,
    )
    prints = {entry.name: entry.fingerprint for record in records for entry in record.checkpoints if entry.requested}
    st.session_state[PRINTS] = {full.get(name, name): value for name, value in prints.items()} | {
        record.corpus.name: record.corpus.hash for record in records
    }


def in_full(names: Iterable[str], full: Mapping[str, str]) -> str:
    """The names that are shown, each with the full one where that is another."""
    return ", ".join(f"{name} ({full[name]})" if full.get(name, name) != name else name for name in names)


def of_chart() -> tuple[Fact, ...]:
    """What is known here, in the order in which it is said."""
    known: dict[str, Any] = st.session_state.get(KEY, {})
    return facts(**{name: known.get(name) for name in (*ORDER, *(name for name in known if name not in ORDER))})


def fingerprints() -> tuple[Fact, ...]:
    """Of the checkpoints and the corpus that the page shows."""
    return tuple(Fact(name=name, value=value) for name, value in st.session_state.get(PRINTS, {}).items())


def address() -> str:
    """Where the app is, without a page; empty where that is not known."""
    return (st.context.url or "").rpartition("/")[0]


def link() -> str:
    """The page that is shown with its query, below the app's address."""
    query = urlencode({name: st.query_params.get_all(name) for name in st.query_params}, doseq=True)
    page = (st.context.url or "").rpartition("/")[2]
    return f"{page}?{query}" if query else page
