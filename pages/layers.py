"""Layers: what each layer answers, beside its control, its random twin and the majority; a cell opens to its sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages._layers import cell, edges
from pages.shared import cards, choices, conditional, export, frame, results
from pages.shared.wording import plain
from probing import measures, probes
from probing.analysis import layer_grid, summaries
from probing.analysis.rows import plain_rows
from probing.figures import heatmap
from probing.figures.layer_curves import layer_curves

SPLITS = {
    "test": "Held-out sentences; their words may be new to the probe.",
    "test_seen": "Held-out sentences made of train's own words: the gap to test is memory of words.",
}


def take_click(tasks: list[str]) -> None:
    """A click on the heat map opens its cell: the menus that name the cell are set before they are drawn."""
    event: Any = st.session_state.get("heatmap")
    points = event["selection"]["points"] if event else []
    click = tuple(points[0]["customdata"]) if points and "customdata" in points[0] else None
    if click and click != st.session_state.get("clicked") and click[0] in tasks:
        st.session_state["task"], st.session_state["layer"] = click[0], int(click[1])
    st.session_state["clicked"] = click


def controls(records: list[dict[str, Any]], table: pd.DataFrame) -> tuple[str, str, str, str]:
    """Task, probe family, split and measure, each bound to the URL."""
    tasks = choices.ordered_tasks(records)
    take_click(tasks)
    first, second, third = st.columns([2, 1, 2])
    task = choices.menu(first, "Task", tasks, "task")
    probe = choices.menu(second, "Probe", list(dict.fromkeys(p for r in records for p in r["probes"])), "probe")
    splits = [split for split in dict.fromkeys(table["split"]) if split not in ("train", "dev")]
    split = choices.menu(third, "Scored on", splits, "split", help=" ".join(f"{plain(s)}: {SPLITS.get(s, '')}" for s in splits))
    if "test_seen" in splits:
        third.caption(SPLITS[split] if split in SPLITS else plain(split))
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


def curves(table: pd.DataFrame, people: dict[str, dict[str, Any]], task: str, probe: str, split: str, metric: str) -> None:
    asked = [name for name, entry in people.items() if entry["role"] == "asked"]
    twins = [name for name, entry in people.items() if entry["role"] == "baseline"]
    depths = {name: entry["layers"] for name, entry in people.items()}
    relative = False
    if len({depths[name] for name in asked}) > 1:
        relative = st.toggle("Depth as layer / layers", value=True, key="relative", bind="query-params")
    if plain_rows(table, metric, split, task, probe).empty:
        st.caption(
            f"{measures.axis(metric).capitalize()} was not measured for {plain(task)} with the {plain(probe)} probe on {plain(split)}."
        )
        return
    shown = layer_curves(table, metric, split, task, probe, asked, twins, depths if relative else None)
    export.figure(shown, f"{metric}-{task}-{split}", "curves", f"{measures.axis(metric)} of {task} by layer on {split}")
    told = summaries.summary(
        table, asked, {name: entry["of"] for name, entry in people.items() if entry["of"]}, split, task, probe
    )
    if told:
        with st.container(border=True):
            for sentence in told:
                st.markdown(plain(sentence))
    st.caption(
        "How to read it: a point is one probe trained on one layer; its band is the 95 % interval of a bootstrap over sentences. "
        "Dashed: the control task, which only memory of words can solve, read on words whose type train has; "
        "grey: the same architecture with random weights; level lines: what is answered without any vector. "
        "When it misleads: a higher curve says that this probe reads the layer more easily, not that the model uses it; "
        "and where bands overlap, the order may be chance."
    )
    rows = plain_rows(table, "accuracy", split, task, probe)
    chosen = {name: summaries.best_layer(table, name, task, probe) for name in asked}
    best = max((value for name, layer, value in zip(rows["checkpoint"], rows["layer"], rows["value"], strict=True)
                if chosen.get(name) == layer), default=None)  # fmt: skip
    if best is not None and pd.notna(best):
        n = int(rows["n"].max())
        least = measures.smallest_detectable_difference(n, float(best))
        st.caption(
            f"With {n:,} items, a difference under {100 * least:.1f} points between two checkpoints would probably go unseen "
            "(two-sided 5 %, power 80 %, items taken as independent; sentences are not, so the true limit is higher)."
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
    records: list[dict[str, Any]],
    people: dict[str, dict[str, Any]],
    probe: str,
    split: str,
    metric: str,
) -> tuple[str, int | None]:
    """The layer × task map of one checkpoint; returns the checkpoint and the layer that is open."""
    st.subheader("Every task, every layer", anchor=False)
    first, second = st.columns([2, 1])
    checkpoint = choices.menu(first, "Checkpoint", list(people), "checkpoint")
    layers = sorted(int(layer) for layer in table.loc[table["checkpoint"] == checkpoint, "layer"].unique() if layer >= 0)
    if st.session_state.get("layer") not in [None, *layers]:
        st.session_state["layer"] = None
    layer = second.selectbox(
        "Open the cell of layer",
        layers,
        index=None,
        key="layer",
        bind="query-params",
        placeholder="choose, or click the map",
    )
    answered = {cell["task"] for record in records for cell in record["cells"] if cell["probe"] == probe}
    tasks = [task for task in choices.ordered_tasks(records) if task in answered]
    values = layer_grid.grid(table, metric, split, tasks, probe, checkpoint, layers)
    opened = (st.session_state["task"], int(layer)) if layer is not None else None
    groups = {task["name"]: task["group"] for record in records for task in record["tasks"]}
    floor = layer_grid.trivial_baselines(table, metric, split, tasks, probe, checkpoint)
    marked = layer_grid.centres(values, floor, layers)
    figure = heatmap.layer_by_task(values, tasks, layers, metric, opened, [groups[task] for task in tasks], marked)
    export.figure(
        figure,
        f"map-{metric}-{split}",
        "heatmap",
        f"{measures.axis(metric)} of every task by layer of {checkpoint}",
        select=True,
    )
    st.caption(
        "How to read it: bright is easy to read out; click a cell, or choose its task above and its layer here, to open it. "
        + (
            "A diamond is the row's centre of gravity: the mean layer, each weighted by how far it lies above what the task gives away "
            "without vectors. "
            if not np.isnan(marked).all()
            else ""
        )
        + "When it misleads: tasks have other numbers of classes and other majorities, so compare along a row, not down a column; and rows "
        "that hardly rise all have their centre near the middle."
    )
    return checkpoint, layer


def main() -> None:
    frame.title("Layers", "How well a small probe reads each task off each layer, and what that is worth beside its baselines.")
    store = frame.store()
    records = choices.of_trees(store.results.runs(), trees=False)
    if not records:
        with st.container(border=True):
            st.markdown("**Nothing has been run yet.** A run trains a probe on every layer; its curves appear here.")
            st.page_link("pages/home.py", label="Start with the first run", icon=":material/play_arrow:")
            st.page_link("pages/new_run.py", label="Choose everything yourself", icon=":material/tune:")
        return
    chosen = choices.choose_runs(records)
    if not chosen:
        st.caption("No run is chosen: choose one above.")
        return
    choices.warn_of_corpora(chosen)
    chosen = results.apart(chosen)
    table = results.tables(store.root, chosen)
    people = choices.people(chosen)
    task, probe, split, metric = controls(chosen, table)
    table = conditional.choose(table) if probes.FAMILIES.get(probe).kind == "conditional" else table
    curves(table, people, task, probe, split, metric)
    choices.show_notes(chosen)
    checkpoint, layer = heat(table, chosen, people, probe, split, metric)
    if probe in probes.of_kind("edges"):
        edges.show(store.root, chosen, table, checkpoint, task, probe, split)
    if layer is not None:
        cell.show(store.root, chosen, checkpoint, task, probe, split, int(layer))


with frame.forgiving():
    main()
