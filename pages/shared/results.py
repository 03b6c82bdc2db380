"""Results as pages read them: each file once a process, by the run's id, and never hashed by content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.frame import open_store

MOST_RUNS, MOST_CELLS = 32, 6


@st.cache_resource(max_entries=MOST_RUNS, show_spinner=False)
def table(root: Path, run: str) -> pd.DataFrame:
    """The run's tidy table; not to be changed. Text columns are categories, which compare quickly."""
    frame = open_store(root).results.table(run)
    text = ["checkpoint", "task", "probe", "setting", "split", "metric"]
    return frame.astype(dict.fromkeys(text, "category"))


@st.cache_resource(max_entries=MOST_CELLS, show_spinner=False)
def items(root: Path, cell: str) -> pd.DataFrame:
    """A cell's scored items; not to be changed."""
    return open_store(root).results.items(cell)


@st.cache_resource(max_entries=MOST_RUNS, show_spinner=False)
def sentences(root: Path, run: str) -> pd.DataFrame:
    """The sentences behind a run's items, by split and number; not to be changed."""
    return open_store(root).results.sentences(run).set_index(["split", "sentence"]).sort_index()


def tables(root: Path, runs: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows of several runs under each other; a cell that two of them share stands once."""
    frames = [table(root, record["run"]) for record in runs]
    if len(frames) == 1:
        return frames[0]
    return pd.concat([frame.astype(dict.fromkeys(frame.select_dtypes("category"), str)) for frame in frames], ignore_index=True)
