"""The noise floor, on Compare: how far seeds of one method are apart beside how far methods are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import choices, curves, export, frame, results
from pages.shared.wording import plain
from probing.analysis import seed_noise
from probing.analysis.seed_noise import SeedGroup, SeedNoise
from probing.figures.seed_noise import seed_noise_map


def show(
    root: Path, records: list[dict[str, Any]], people: dict[str, dict[str, Any]], metric: str, probe: str, split: str, unit: str
) -> None:
    """Of a metric that is counted from items. Says nothing where no run shown has two seeds of anything."""
    found = {
        group.title: group for group in seed_noise.seed_groups({name: entry.get("lineage") for name, entry in people.items()})
    }
    if not found:
        return
    st.subheader("Do seeds differ less than methods?", anchor=False)
    group = found[choices.menu(st, "Tuned alike but for seed and method", list(found), "arm")]
    scale = 100.0 if unit == "points" else 1.0
    with frame.forgiving():
        made = floor(root, tuple(record["run"] for record in records), group, metric, probe, split, records)
        with st.container(border=True):
            st.markdown(plain(seed_noise.summary(made, group, scale, unit)))
        most = float(made.cells[["seeds", "methods"]].max(axis=None))
        for column, name in zip(st.columns(2), ("seeds", "methods"), strict=True):
            with column:
                if made.cells[name].isna().all():
                    st.caption("No second method was trained like this.")
                    continue
                figure = seed_noise_map(made, name, most, scale, unit)
                export.figure(figure, f"floor-{name}", f"floor-{name}", f"Mean difference between {name} by layer and task")
        st.caption(
            "How to read it: the mean size of the difference between two checkpoints tuned alike but for the seed (left) and by two methods "
            "(right), on the same items; a difference from the base that is no larger than that of seeds says nothing of the method. "
            "When it misleads: intervals are over sentences, for these seeds; two or three seeds say little of how far a fourth would be."
        )
        with st.expander("The numbers", icon=":material/table:"):
            st.dataframe(made.cells, hide_index=True, height=300, alt="Mean differences between seeds and between methods")
            export.table(made.cells, f"floor-{metric}", "floor-table")


@st.cache_data(max_entries=16, show_spinner="Pairing items …")
def floor(
    root: Path,
    runs: tuple[str, ...],  # noqa: ARG001
    group: SeedGroup,
    metric: str,
    probe: str,
    split: str,
    _records: list[dict[str, Any]],
) -> SeedNoise:
    tasks = [task for task in choices.ordered_tasks(_records) if curves.cells(_records, task, probe)]

    def items(name: str, task: str) -> pd.DataFrame | None:
        cell = curves.cells(_records, task, probe).get(name)
        return None if cell is None else results.items(root, cell)

    return seed_noise.seed_noise(group, metric, split, tasks, items)
