"""Layers: probe results by layer, beside control task, random baseline and majority; a cell opens to its sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages._layers import cell, edges
from pages.shared import cards, choices, conditional, export, frame, jobs, selection
from pages.shared.view import FirstStep, TaskView, choose_runs, choose_view
from pages.shared.wording import escape
from probing import measures, probes
from probing.analysis import layer_grid, summaries
from probing.analysis.rows import rows_over_seeds
from probing.figures import heatmap
from probing.figures.layer_curves import layer_curves
from probing.records import stored


def take_click(tasks: list[str]) -> None:
    """A click on the heat map opens its cell: the menus that name the cell are set before they are drawn."""
    event: Any = st.session_state.get("heatmap")
    points = event["selection"]["points"] if event else []
    click = tuple(points[0]["customdata"]) if points and "customdata" in points[0] else None
    if click and click != st.session_state.get("clicked") and click[0] in tasks:
        selection.show_task(click[0])
        st.session_state["layer"] = int(click[1])
    st.session_state["clicked"] = click


def choose_measure(view: TaskView) -> str:
    """A measure of the probe's kind, bound to the URL; some are offered only where they were measured."""
    measured = set(view.rows["metric"])
    offered = measures.menu(probes.FAMILIES.get(view.probe).kind)
    here = [name for name in offered if not measures.MEASURES.get(name).some or name in measured]
    return choices.choose_measure("Measure", offered, here, "measure")


def curves(view: TaskView, metric: str) -> None:
    table, entries, task, probe, split = view.table, view.entries, view.task, view.probe, view.split
    depths = view.depths()
    if rows_over_seeds(table, metric, split, task, probe).empty:
        st.caption(
            f"{measures.axis(metric).capitalize()} was not measured for {escape(task)} with the {escape(probe)} probe on {escape(split)}."
        )
        return
    shown = layer_curves(table, metric, split, task, probe, view.requested, view.baselines, depths)
    export.figure(shown, f"{metric}-{task}-{split}", "curves", f"{measures.axis(metric)} of {task} by layer on {split}")
    sentences = summaries.summary(
        table,
        view.requested,
        {name: entry.baseline_of for name, entry in entries.items() if entry.baseline_of},
        split,
        task,
        probe,
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
    chosen = {name: summaries.best_layer(table, name, task, probe) for name in view.requested}
    best = max((value for name, layer, value in zip(rows["checkpoint"], rows["layer"], rows["value"], strict=True)
                if chosen.get(name) == layer), default=None)  # fmt: skip
    if best is not None and pd.notna(best):
        n = int(rows["n"].max())
        least = measures.smallest_detectable_difference(n, float(best))
        st.caption(
            f"With {n:,} items, a difference under {100 * least:.1f} points between two checkpoints is too small to detect "
            "(two-sided 5 %, power 80 %, items taken as independent; within sentences they are not, so the true limit is higher)."
        )
    measured = set(view.rows["metric"])
    cards.of_measures([metric, *(name for name in ("control_accuracy", "selectivity", "majority") if name in measured)], probe)
    numbers = view.rows[view.rows["split"] == split].drop(columns=["run"])
    export.numbers(numbers, f"{task}-{probe}-{split}", "numbers", "The tidy table behind the chart")


def heat(view: TaskView, metric: str) -> tuple[str, int | None]:
    """The layer × task map of one checkpoint; returns the checkpoint and the layer that is open."""
    records, table, entries, task, probe, split = view.records, view.table, view.entries, view.task, view.probe, view.split
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
    tasks = [name for name in choices.ordered_tasks(records) if name in answered]
    values = layer_grid.grid(table, metric, split, tasks, probe, checkpoint, layers)
    opened = (task, int(layer)) if layer is not None else None
    groups = {one.name: one.group for record in records for one in record.tasks}
    trivial = layer_grid.trivial_baselines(table, metric, split, tasks, probe, checkpoint)
    marked = layer_grid.centres(values, trivial, layers)
    figure = heatmap.layer_by_task(values, tasks, layers, metric, opened, [groups[name] for name in tasks], marked)
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
    take_click(choices.ordered_tasks(records))
    runs = choose_runs(
        store,
        records,
        "**No runs yet.** A run trains a probe on every layer, and its curves appear here.",
        FirstStep("Start with the example", page="pages/home.py"),
        FirstStep("Set up your own run", icon=":material/tune:"),
    )
    view = choose_view(runs)
    metric = choose_measure(view)
    kind = probes.FAMILIES.get(view.probe).kind
    if kind == "conditional":
        view = view._replace(table=conditional.choose(view.table))
    curves(view, metric)
    choices.show_notes(runs.records)
    checkpoint, layer = heat(view, metric)
    if kind == "edges":
        edges.show(view, checkpoint)
    if layer is not None:
        cell.show(view, checkpoint, int(layer))


with frame.forgiving():
    main()
