"""Layers: probe results by layer, beside control task, random baseline and majority; a cell opens to its sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._layers import cell, edges
from pages.shared import chart, choices, conditional, export, facts, frame, names, sections, selection
from pages.shared.view import FirstStep, TaskView, choose_runs, choose_view
from pages.shared.wording import escape
from probing import measures, probes
from probing.analysis import floors, layer_grid, summaries
from probing.analysis.rows import rows_over_seeds
from probing.figures import heatmap
from probing.figures.layer_curves import over_floor
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


def curves(view: TaskView, controls: DeltaGenerator) -> tuple[TaskView, str]:
    """The chart of the chosen measure; its controls stand below it, in `controls`. Returns the view as shown, and the measure."""
    with controls:
        metric = choose_measure(view)
        if probes.FAMILIES.get(view.probe).kind == "conditional":
            view = view._replace(table=conditional.choose(view.table))
        with st.container(horizontal=True):
            difference = len(view.requested) > 1 and st.toggle(
                "Difference from base", key="difference", bind="query-params", help="Each curve less that of the base."
            )
            control = st.toggle(
                "Control task",
                key="control_shown",
                bind="query-params",
                help="The same probe on random labels, dashed.",
                disabled=difference,
            )
            depths = view.depths()
    split, task, probe = view.split, view.task, view.probe
    question = view.question(metric)
    title = measures.axis(metric)
    if rows_over_seeds(*question).empty:
        st.caption(f"{title.capitalize()} was not measured for {escape(task)} with the {escape(probe)} probe on {escape(split)}.")
        return view, metric
    base = view.requested[0]
    drawn = f"{title} of {task} by layer on {split}, {probe} probe; bands are 95 % intervals, grey the best baseline"
    if difference:
        layers = {name: entry.layers for name, entry in view.entries.items()}
        less = floors.minus_base(question, base, layers)
        figure = over_floor(less, view.requested, (), depths, known=view.look)
        figure.update_yaxes(title=f"{title}, minus {base}", zeroline=True, type="linear")
        drawn = f"{title} of {task} by layer on {split}, less that of {base}; {probe} probe"
    else:
        figure = over_floor(question, view.requested, view.baselines, depths, control, view.look)
    measured = set(view.rows["metric"])
    chart.show(
        figure.checked(),
        f"{metric}-{task}-{split}",
        "curves",
        f"{drawn}.",
        chart.Help(
            "A point is one probe trained on one layer; the band is the 95 % interval of a sentence bootstrap. The grey floor is the best of "
            "the random baseline and the trivial baselines without vectors. Dashed, where shown: the control task, which only memorising words can "
            "solve, scored on words that train has.",
            "A higher curve means that this probe reads the layer more easily, not that the model uses it. "
            "Where bands overlap, the order may be chance.",
            [metric, *(name for name in ("control_accuracy", "selectivity", "majority") if name in measured)],
            probe,
        ),
        finding(view, metric),
    )
    return view, metric


def finding(view: TaskView, metric: str) -> str:
    """The sentence above the chart, about the measure that is drawn."""
    chosen = {name: summaries.best_layer(view.table, name, view.task, view.probe) for name in view.requested}
    return floors.finding(view.question(metric), view.requested, view.baselines, chosen)


def details(view: TaskView) -> None:
    """What the numbers of the task say, each checkpoint beside its baselines; the smallest difference that would show; the table."""
    table, task, probe, split = view.table, view.task, view.probe, view.split
    random_baselines = {name: entry.baseline_of for name, entry in view.entries.items() if entry.baseline_of}
    for sentence in summaries.summary(table, view.requested, random_baselines, split, task, probe):
        st.markdown(escape(sentence))
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
    numbers = view.rows[view.rows["split"] == split].drop(columns=["run"])
    st.dataframe(numbers, hide_index=True, height=300, alt="The tidy table behind the chart")
    export.table(numbers, f"{task}-{probe}-{split}", "numbers")


def heat(view: TaskView, metric: str) -> None:
    """The layer × task map of one checkpoint, and beside it the cell that is open."""
    records, table, entries, task, probe, split = view.records, view.table, view.entries, view.task, view.probe, view.split
    told = st.query_params.get("layer", "")
    first, second, third = st.columns([2, 2, 1], vertical_alignment="bottom")
    checkpoint = choices.menu(first, "Checkpoint", list(entries), "checkpoint")
    layers = sorted(int(layer) for layer in table.loc[table["checkpoint"] == checkpoint, "layer"].unique() if layer >= 0)
    if st.session_state.get("layer") not in [None, *layers]:
        st.session_state["layer"] = None
    if told and told not in map(str, layers):
        st.warning(escape(f"{checkpoint} has no layer {told[:20]} here: choose another below."), icon=":material/info:")
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
    raw = third.toggle(
        "Raw colours", key="raw", bind="query-params", help="One colour scale for all rows, by the values themselves."
    )
    signed = bool((values < 0).any())
    shades = None if raw or signed else layer_grid.within_rows(values, trivial)
    figure = heatmap.layer_by_task(values, tasks, layers, metric, opened, [groups[name] for name in tasks], marked, shades)
    left, right = st.columns(2, gap="medium") if layer is not None else (st.container(), None)
    facts.remember(checkpoints=facts.in_full([checkpoint], names.full()), task=None, n=None)
    with left:
        diamond = not np.isnan(marked).all()
        chart.show(
            figure,
            f"map-{metric}-{split}",
            "heatmap",
            f"{measures.axis(metric)} of every task by layer of {checkpoint} on {split}. Click a cell to open it.",
            chart.Help(
                (
                    "Bright cells have good values. "
                    if shades is None
                    else "Each row is coloured between its own baseline and its best layer. "
                )
                + "Click a cell to open it, or choose its task above and its layer here."
                + (
                    " A diamond is the centre of gravity of the row: the mean layer, weighted by the gain over the trivial baseline."
                    if diamond
                    else ""
                ),
                "Tasks differ in number of classes and majority, so compare within a row, not within a column. Rows without much gain have their "
                "centre near the middle.",
            ),
            select=True,
        )
    if right is not None and layer is not None:
        facts.remember(task=task)
        cell.show(view, checkpoint, int(layer), right)


def spans(view: TaskView) -> None:
    """Labels and mixes of edge probes, of one checkpoint."""
    checkpoint = choices.menu(st, "Checkpoint", list(view.entries), "checkpoint")
    facts.remember(checkpoints=facts.in_full([checkpoint], names.full()), n=None)
    edges.show(view, checkpoint)


def main() -> None:
    frame.title("Layers", "Probe accuracy by layer, compared with its baselines.")
    store = frame.store()
    records = choices.of_trees(stored.runs(store), trees=False)
    take_click(choices.ordered_tasks(records))
    runs = choose_runs(
        store,
        records,
        "**No runs yet.** A run trains a probe on every layer, and its curves appear here.",
        FirstStep("Start with the example", page="pages/home.py"),
        FirstStep("Set up your own run", icon=":material/tune:"),
    )
    view = choose_view(runs)
    top, controls = st.container(), st.container()
    with top:
        view, metric = curves(view, controls)
    offered = {"All tasks and layers": lambda: heat(view, metric), "Numbers": lambda: details(view)}
    if probes.FAMILIES.get(view.probe).kind == "edges":
        offered = {"All tasks and layers": offered["All tasks and layers"], "Spans": lambda: spans(view)} | offered
    sections.show(offered)
    choices.show_notes(runs.records)


with frame.forgiving():
    main()
