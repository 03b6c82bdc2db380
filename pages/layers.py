"""Layers: probe results by layer, beside control task, random baseline and majority; a cell opens to its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages._layers import cell, edges
from pages.shared import cards, choices, conditional, export, frame, jobs, results
from pages.shared.results import ShownRun
from pages.shared.wording import escape
from probing import measures, probes
from probing.analysis import layer_grid, summaries
from probing.analysis.rows import rows_over_seeds
from probing.figures import heatmap
from probing.figures.layer_curves import layer_curves
from probing.records import stored
from probing.records.run import RecordedCheckpoint

SPLITS = {
    "test": "Held-out sentences; their words may be new to the probe.",
    "test_seen": "Held-out sentences with words of train only: the gap to test shows memorised words.",
}


def take_click(tasks: list[str]) -> None:
    """A click on the heat map opens its cell: the menus that name the cell are set before they are drawn."""
    event: Any = st.session_state.get("heatmap")
    points = event["selection"]["points"] if event else []
    click = tuple(points[0]["customdata"]) if points and "customdata" in points[0] else None
    if click and click != st.session_state.get("clicked") and click[0] in tasks:
        st.session_state["task"], st.session_state["layer"] = click[0], int(click[1])
    st.session_state["clicked"] = click


def controls(records: Sequence[ShownRun], table: pd.DataFrame) -> tuple[str, str, str, str]:
    """Task, probe family, split and measure, each bound to the URL."""
    tasks = choices.ordered_tasks(records)
    take_click(tasks)
    first, second, third = st.columns([2, 1, 2])
    task = choices.menu(first, "Task", tasks, "task")
    probe = choices.menu(second, "Probe", list(dict.fromkeys(p for r in records for p in r.probes)), "probe")
    splits = [split for split in dict.fromkeys(table["split"]) if split not in ("train", "dev")]
    split = choices.menu(third, "Scored on", splits, "split", help=" ".join(f"{escape(s)}: {SPLITS.get(s, '')}" for s in splits))
    if "test_seen" in splits:
        third.caption(SPLITS[split] if split in SPLITS else escape(split))
    measured = set(table.loc[(table["task"] == task) & (table["probe"] == probe), "metric"])
    offered = measures.menu(probes.FAMILIES.get(probe).kind)
    menu = [name for name in offered if not measures.MEASURES.get(name).some or name in measured]
    choices.forget_unknown("measure", menu)
    metric = st.segmented_control(
        "Measure",
        menu,
        default=menu[0],
        required=True,
        key="measure",
        format_func=offered.__getitem__,
        bind="query-params",
        label_visibility="collapsed",
    )
    return task, probe, split, metric or menu[0]


def curves(table: pd.DataFrame, entries: dict[str, RecordedCheckpoint], task: str, probe: str, split: str, metric: str) -> None:
    requested = [name for name, entry in entries.items() if entry.requested]
    baselines = [name for name, entry in entries.items() if not entry.requested]
    depths = {name: entry.layers for name, entry in entries.items()}
    relative = False
    if len({depths[name] for name in requested}) > 1:
        relative = st.toggle("Depth as layer / layers", value=True, key="relative", bind="query-params")
    if rows_over_seeds(table, metric, split, task, probe).empty:
        st.caption(
            f"{measures.axis(metric).capitalize()} was not measured for {escape(task)} with the {escape(probe)} probe on {escape(split)}."
        )
        return
    shown = layer_curves(table, metric, split, task, probe, requested, baselines, depths if relative else None)
    export.figure(shown, f"{metric}-{task}-{split}", "curves", f"{measures.axis(metric)} of {task} by layer on {split}")
    sentences = summaries.summary(
        table, requested, {name: entry.baseline_of for name, entry in entries.items() if entry.baseline_of}, split, task, probe
    )
    if sentences:
        with st.container(border=True):
            for sentence in sentences:
                st.markdown(escape(sentence))
    st.caption(
        "How to read it: a point is one probe trained on one layer; the band is the 95 % interval of a sentence bootstrap. "
        "Dashed: the control task, which only memorising words can solve, scored on words that train has. "
        "Grey: the random baseline. Horizontal lines: trivial baselines without vectors. "
        "When it misleads: a higher curve means that this probe reads the layer more easily, not that the model uses it. "
        "Where bands overlap, the order may be chance."
    )
    rows = rows_over_seeds(table, "accuracy", split, task, probe)
    chosen = {name: summaries.best_layer(table, name, task, probe) for name in requested}
    best = max((value for name, layer, value in zip(rows["checkpoint"], rows["layer"], rows["value"], strict=True)
                if chosen.get(name) == layer), default=None)  # fmt: skip
    if best is not None and pd.notna(best):
        n = int(rows["n"].max())
        least = measures.smallest_detectable_difference(n, float(best))
        st.caption(
            f"With {n:,} items, a difference under {100 * least:.1f} points between two checkpoints is too small to detect "
            "(two-sided 5 %, power 80 %, items taken as independent; within sentences they are not, so the true limit is higher)."
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        here = set(table.loc[(table["task"] == task) & (table["probe"] == probe), "metric"])
        for name in dict.fromkeys([metric, *(name for name in ("control_accuracy", "selectivity", "majority") if name in here)]):
            cards.measure(name)
        cards.popover(probes.FAMILIES.get(probe).card, label=f"{probes.FAMILIES.get(probe).card.title} probe")
    with st.expander("The numbers", icon=":material/table:"):
        wanted = (table["task"] == task) & (table["probe"] == probe)
        numbers = table[wanted & (table["split"] == split)].drop(columns=["run"])
        st.dataframe(numbers, hide_index=True, height=300, alt="The tidy table behind the chart")
        export.table(numbers, f"{task}-{probe}-{split}", "numbers")


def heat(
    table: pd.DataFrame,
    records: Sequence[ShownRun],
    entries: dict[str, RecordedCheckpoint],
    probe: str,
    split: str,
    metric: str,
) -> tuple[str, int | None]:
    """The layer × task map of one checkpoint; returns the checkpoint and the layer that is open."""
    st.subheader("All tasks and layers", anchor=False)
    first, second = st.columns([2, 1])
    checkpoint = choices.menu(first, "Checkpoint", list(entries), "checkpoint")
    layers = sorted(int(layer) for layer in table.loc[table["checkpoint"] == checkpoint, "layer"].unique() if layer >= 0)
    if st.session_state.get("layer") not in [None, *layers]:
        st.session_state["layer"] = None
    layer = second.selectbox(
        "Open the cell of layer",
        layers,
        index=None,
        key="layer",
        bind="query-params",
        placeholder="Choose a layer, or click the heat map",
    )
    answered = {cell.task for record in records for cell in record.cells if cell.probe == probe}
    tasks = [task for task in choices.ordered_tasks(records) if task in answered]
    values = layer_grid.grid(table, metric, split, tasks, probe, checkpoint, layers)
    opened = (st.session_state["task"], int(layer)) if layer is not None else None
    groups = {task.name: task.group for record in records for task in record.tasks}
    trivial = layer_grid.trivial_baselines(table, metric, split, tasks, probe, checkpoint)
    marked = layer_grid.centres(values, trivial, layers)
    figure = heatmap.layer_by_task(values, tasks, layers, metric, opened, [groups[task] for task in tasks], marked)
    export.figure(
        figure,
        f"map-{metric}-{split}",
        "heatmap",
        f"{measures.axis(metric)} of every task by layer of {checkpoint}",
        select=True,
    )
    st.caption(
        "How to read it: bright cells have high values. Click a cell to open it, or choose its task above and its layer here. "
        + (
            "A diamond is the centre of gravity of the row: the mean layer, weighted by the gain over the trivial baseline. "
            if not np.isnan(marked).all()
            else ""
        )
        + "When it misleads: tasks differ in number of classes and majority, so compare within a row, not within a column. Rows "
        "without much gain have their centre near the middle."
    )
    return checkpoint, layer


def main() -> None:
    frame.title("Layers", "Probe accuracy by layer, compared with its baselines.")
    store = frame.store()
    records = choices.of_trees(stored.runs(store), trees=False)
    known = {record.run for record in records}
    unfinished = [run for run in st.query_params.get_all("run") if run not in known and jobs.in_progress(run, store)]
    for run in unfinished:
        jobs.panel(run, store, f"live-{run}")
    if unfinished:  # the page is drawn again when the run is done
        return
    if not records:
        with st.container(border=True):
            st.markdown("**No runs yet.** A run trains a probe on every layer, and its curves appear here.")
            st.page_link("pages/home.py", label="Start with the example", icon=":material/play_arrow:")
            st.page_link("pages/new_run.py", label="Set up your own run", icon=":material/tune:")
        return
    chosen = choices.choose_runs(records)
    if not chosen:
        st.caption("No run is chosen: choose one above.")
        return
    choices.warn_of_corpora(chosen)
    shown = results.apart(chosen)
    table = results.tables(store.root, shown)
    entries = choices.entries(shown)
    task, probe, split, metric = controls(shown, table)
    table = conditional.choose(table) if probes.FAMILIES.get(probe).kind == "conditional" else table
    curves(table, entries, task, probe, split, metric)
    choices.show_notes(shown)
    checkpoint, layer = heat(table, shown, entries, probe, split, metric)
    if probe in probes.of_kind("edges"):
        edges.show(store.root, shown, table, checkpoint, task, probe, split)
    if layer is not None:
        cell.show(store.root, shown, checkpoint, task, probe, split, int(layer))


with frame.forgiving():
    main()
