"""Seed noise, on Compare: differences between seeds of one method beside differences between methods."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from pages.shared import chart, choices, curves, export, facts, frame, results
from pages.shared.wording import escape
from probing import measures
from probing.analysis import seed_noise
from probing.analysis.seed_noise import SeedGroup, SeedNoise
from probing.figures.seed_noise import seed_noise_map
from probing.records.run import RecordedCheckpoint, RunRecord

ABOUT = chart.Help(
    "The mean absolute difference between two seeds of one method, or between two methods, on the same items. A difference from the base that is no "
    "larger than seed noise is no effect of the method.",
    "Intervals are over sentences, for these seeds. Two or three seeds do not predict a fourth well.",
)


def show(
    root: Path,
    records: Sequence[RunRecord],
    entries: dict[str, RecordedCheckpoint],
    metric: str,
    probe: str,
    split: str,
) -> None:
    """For a metric that is counted from items, where `groups` finds some."""
    found, unit = groups(entries), measures.MEASURES.get(metric).difference
    group = found[choices.menu(st, "Same fine-tuning, other seeds and methods", list(found), "arm")]
    scale = 100.0 if unit == "points" else 1.0
    with frame.forgiving():
        facts.remember(split=split, checkpoints=None)
        made = noise(root, tuple(record.run for record in records), group, metric, probe, split, records)
        st.markdown(f"**{escape(seed_noise.summary(made, group, scale, unit))}**")
        most = float(made.cells[["seeds", "methods"]].max(axis=None))
        for column, name in zip(st.columns(2), ("seeds", "methods"), strict=True):
            with column:
                if made.cells[name].isna().all():
                    st.caption("No second method has the same data and steps.")
                    continue
                figure = seed_noise_map(made, name, most, scale, unit)
                chart.show(
                    figure, f"seed-noise-{name}", f"floor-{name}", f"Mean difference between {name} by layer and task.", ABOUT
                )
        export.numbers(made.cells, f"seed-noise-{metric}", "floor-table", "Mean differences between seeds and between methods")


def groups(entries: dict[str, RecordedCheckpoint]) -> dict[str, SeedGroup]:
    """Methods of which the shown runs have two seeds, by title."""
    return {group.title: group for group in seed_noise.seed_groups({name: entry.lineage for name, entry in entries.items()})}


@st.cache_data(max_entries=16, show_spinner="Pairing items …")
def noise(
    root: Path,
    runs: tuple[str, ...],  # noqa: ARG001
    group: SeedGroup,
    metric: str,
    probe: str,
    split: str,
    _records: Sequence[RunRecord],
) -> SeedNoise:
    tasks = [task for task in choices.ordered_tasks(_records) if curves.cells(_records, task, probe)]

    def items(name: str, task: str) -> pd.DataFrame | None:
        cell = curves.cells(_records, task, probe).get(name)
        return None if cell is None else results.items(root, cell)

    return seed_noise.seed_noise(group, metric, split, tasks, items)
