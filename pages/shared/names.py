"""Nicknames, roles and marks of the checkpoints that the store knows: the same on every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from cache import files
from cache.store import Store
from pages.shared.frame import open_store
from pages.shared.results import ShownRun
from probing.checkpoints import products
from probing.figures.marks import DASHES, Mark, of_checkpoints
from probing.records import names
from probing.records.names import Called

FULL = "full-names"


def called(store: Store) -> dict[str, Called]:
    """Every checkpoint of a stored run or of the lab by its own name, in the order in which the store came to know them."""
    sign = (
        tuple(sorted(store.results.run_folders.names())),
        tuple(products.listed(store.root)),
        files.modified(store.root / names.FILE),
    )
    return _called(store.root, sign)


@st.cache_resource(max_entries=8, show_spinner=False)
def _called(root: Path, sign: object) -> dict[str, Called]:  # noqa: ARG001
    return names.of_store(open_store(root))


def nicknames(store: Store) -> dict[str, str]:
    """Of the checkpoints that are called otherwise than by their own name."""
    return {name: one.nickname for name, one in called(store).items() if one.nickname != name}


def marks(store: Store) -> dict[str, Mark]:
    """The mark of each checkpoint by its own name."""
    every = called(store)
    return of_checkpoints(
        {name: one.family for name, one in every.items()}, {name for name, one in every.items() if one.role == "random"}
    )


def marks_as_shown(store: Store) -> dict[str, Mark]:
    """The mark of each checkpoint by its nickname."""
    short = nicknames(store)
    return {short.get(name, name): mark for name, mark in marks(store).items()}


def looks(root: Path, records: Sequence[ShownRun]) -> dict[str, Mark]:
    """The mark of each checkpoint by the name that it has on the page. One that is shown twice has another dash the second time."""
    own = marks(open_store(root))
    found: dict[str, Mark] = {}
    for record in records:
        for name, shown in record.shown.items():
            if shown not in found and name in own:
                taken = set(found.values())
                again = (own[name]._replace(dash=dash) for dash in (own[name].dash, *DASHES))
                found[shown] = next((mark for mark in again if mark not in taken), own[name])
    return found


def remember(full: Mapping[str, str]) -> None:
    """For this page: name shown → full name, for hovering and for exports."""
    st.session_state[FULL] = dict(full)


def full() -> dict[str, str]:
    """Name shown on this page → full name, of those that differ. A download asks for it before it is pressed: later no session is at hand."""
    return dict(st.session_state.get(FULL, {}))


def own_name(shown: str) -> str:
    """The full name of one shown on this page."""
    return full().get(shown, shown)


def table_in_full(frame: pd.DataFrame, full: Mapping[str, str]) -> pd.DataFrame:
    """The table with full names, as cells and as columns."""
    if not full:
        return frame
    text = [column for column in frame if not pd.api.types.is_numeric_dtype(frame[column])]
    told = {column: frame[column].map(lambda cell: full.get(cell, cell) if isinstance(cell, str) else cell) for column in text}
    return frame.assign(**told).rename(columns=dict(full))


def hover_in_full(figure: go.Figure) -> go.Figure:
    """The same figure, with full names where the mouse points: what it says there begins with the name, on a line of its own."""
    known = full()
    for trace in figure.data if known else ():
        template = getattr(trace, "hovertemplate", None)
        if isinstance(template, str):
            trace["hovertemplate"] = _first_line(template, known)
    return figure


def figure_in_full(figure: go.Figure, full: Mapping[str, str]) -> go.Figure:
    """Another figure, with full names in its legend, titles and labels too."""
    return go.Figure(_in_full(figure.to_plotly_json(), full)) if full else figure


def _first_line(template: str, full: Mapping[str, str]) -> str:
    first, line, rest = template.partition("<br>")
    return full.get(first, first) + line + rest


def _in_full(part: Any, full: Mapping[str, str], key: str = "") -> Any:
    if isinstance(part, str):
        return names.renamed(part, full) if key in ("name", "text", "title") else part
    if isinstance(part, dict):
        return {name: _in_full(value, full, name) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [_in_full(value, full, key) for value in part]
    return part
