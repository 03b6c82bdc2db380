"""Results as pages read them: each file once a process, by the run's id, and never hashed by content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import streamlit as st

from cache.table import DTYPES
from pages.shared.frame import open_store
from pages.shared.wording import many
from probing.records.run import RunRecord

MOST_RUNS, MOST_CELLS, MOST_CELL_TABLES, MOST_JOINED = 32, 6, 64, 8


@st.cache_resource(max_entries=MOST_RUNS, show_spinner=False)
def table(root: Path, run: str) -> pd.DataFrame:
    """The run's tidy table; not to be changed. Text columns are categories, which compare quickly."""
    frame = open_store(root).results.table(run)
    text = [name for name, dtype in DTYPES.items() if dtype == "str"]
    return frame.astype(dict.fromkeys(text, "category"))


@st.cache_resource(max_entries=MOST_CELL_TABLES, show_spinner=False)
def cell_table(root: Path, cell: str) -> pd.DataFrame:
    """A cell's tidy table; not to be changed."""
    return open_store(root).results.cell_table(cell)


@st.cache_resource(max_entries=MOST_CELLS, show_spinner=False)
def items(root: Path, cell: str) -> pd.DataFrame:
    """A cell's scored items; not to be changed."""
    return open_store(root).results.items(cell)


@st.cache_resource(max_entries=MOST_RUNS, show_spinner=False)
def sentences(root: Path, run: str, task: str = "") -> pd.DataFrame:
    """The sentences behind the items of a run's task, by split and number; not to be changed. Most tasks share the corpus's own."""
    every = open_store(root).results.sentences(run)
    if "task" in every:
        own = task if (every["task"] == task).any() else ""
        every = every[every["task"] == own]
    return every.set_index(["split", "sentence"]).sort_index()


class ShownRun(RunRecord):
    """A run under the names that a page shows; `shown` maps its checkpoints' names to those."""

    shown: dict[str, str]


def apart(runs: Sequence[RunRecord], nicknames: Mapping[str, str] = MappingProxyType({})) -> list[ShownRun]:
    """The records with a name of its own for every different answer.

    Two runs may probe the same checkpoint in different ways (more sentences, another pooling, another corpus). Their
    cells then differ, and each checkpoint concerned is named with its run; otherwise one curve would hide the other.
    A checkpoint of `nicknames` is shown by its nickname.
    """
    answers: dict[tuple[str, str, str], set[str]] = {}
    for record in runs:
        for cell in record.cells:
            answers.setdefault((cell.checkpoint, cell.task, cell.probe), set()).add(cell.id)
    torn = {checkpoint for (checkpoint, _, _), ids in answers.items() if len(ids) > 1}
    named = []
    for record in runs:
        short = {one.name: nicknames.get(one.name, one.name) for one in record.checkpoints}
        shown = {name: f"{nickname} ({record.run[:6]})" if name in torn else nickname for name, nickname in short.items()}
        named.append(ShownRun.model_construct(**dict(record) | record.renamed(shown) | {"shown": shown}))
    return named


def tables(root: Path, runs: Sequence[ShownRun]) -> pd.DataFrame:
    """The rows of runs that `apart` has named, under each other; a cell that two of them share stands once."""
    return _joined(root, tuple((record.run, tuple(record.shown.items())) for record in runs))


@st.cache_resource(max_entries=MOST_JOINED, show_spinner=False)
def _joined(root: Path, runs: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> pd.DataFrame:
    """`runs`: (run, (checkpoint, name shown) …). Not to be changed."""
    frames = []
    for run, shown in runs:
        frame = table(root, run)
        names = {name: other for name, other in shown if name in frame["checkpoint"].cat.categories}
        if len(names) < len(frame["checkpoint"].cat.categories):  # the run was cut down to some of its checkpoints
            frame = frame[frame["checkpoint"].isin(list(names))]
            frame = frame.assign(checkpoint=frame["checkpoint"].cat.remove_unused_categories())
        frames.append(frame.assign(checkpoint=frame["checkpoint"].cat.rename_categories(names)))
    if len(frames) == 1:
        return frames[0]
    text = list(frames[0].select_dtypes("category"))
    every = pd.concat([frame.astype(dict.fromkeys(text, str)) for frame in frames], ignore_index=True)
    distinct = every.drop_duplicates([column for column in every.columns if column != "run"])
    return distinct.astype(dict.fromkeys(text, "category")).reset_index(drop=True)


def cell_of(records: Sequence[RunRecord], checkpoint: str, task: str, probe: str) -> tuple[RunRecord, str] | None:
    """The first run that has the cell, and the cell's id; None where no run has it."""
    for record in records:
        for entry in record.cells:
            if (entry.checkpoint, entry.task, entry.probe) == (checkpoint, task, probe):
                return record, entry.id
    return None


def first_seed(items: pd.DataFrame) -> pd.DataFrame:
    """The items of the first seed; a caption says which, where items tell seeds apart."""
    seeds = sorted(int(seed) for seed in items["seed"].dropna().unique())
    if not seeds:
        return items
    st.caption(f"Predictions of seed {seeds[0]}, one of {many(len(seeds), 'seed')}.")
    return items[items["seed"] == seeds[0]]


def run_of(records: Sequence[RunRecord], cell: str) -> str:
    """The run that has the cell."""
    return next(record.run for record in records if any(entry.id == cell for entry in record.cells))
