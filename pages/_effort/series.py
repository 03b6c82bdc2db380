"""Charts of chosen layers, on Effort: loss or accuracy against items of train, and the frontier of accuracy and complexity."""

from __future__ import annotations

import streamlit as st

from pages._effort.budget import Budget
from pages.shared import chart, export
from pages.shared.wording import escape
from probing.analysis import frontier
from probing.analysis.loss_curves import Key
from probing.analysis.rows import as_information, curve_rows
from probing.figures.frontier import frontiers as frontier_figure
from probing.figures.loss_curves import loss_curves
from probing.figures.marks import Mark, marks, of_layers
from probing.measures import MEASURES

MOST = 6  # lines at a time
NAMED = {name: MEASURES.get(name).short for name in ("loss_at_n", "accuracy_at_n", "v_information")}


def choose(budget: Budget, label: str, parameter: str) -> dict[Key, Mark]:
    """The (checkpoint, layer)s that a chart draws, each with its mark: by default the easiest of each checkpoint, and first and last of the base."""
    view, of = budget.view, budget.of
    named = {f"{name}:{layer}": (name, layer) for name, layer in of.keys}
    easiest, ends = [], []
    for name in view.requested:
        own = [place for place, key in enumerate(of.keys) if key[0] == name]
        if own:
            easiest.append(min(own, key=lambda place: of.curves.code[place, -1]))
            ends = ends or [own[0], own[-1]]
    default = [f"{of.keys[place][0]}:{of.keys[place][1]}" for place in dict.fromkeys([*easiest[:MOST], *ends])][:MOST]
    chosen = st.multiselect(
        label,
        list(named),
        default=default,
        key=parameter,
        bind="query-params",
        max_selections=MOST,
        placeholder="checkpoint:layer",
    )
    return of_layers([named[text] for text in chosen if text in named], marks(view.requested, view.baselines, view.look))


def losses(budget: Budget) -> None:
    """The curves that everything on the page is read from."""
    view, of, n, epsilon = budget
    series = choose(budget, "Curves of", "series")
    with st.container(horizontal=True, vertical_alignment="center"):
        metric = st.segmented_control(
            "Read", list(NAMED), default="loss_at_n", required=True, key="read", bind="query-params",
            format_func=NAMED.__getitem__, label_visibility="collapsed",
        ) or "loss_at_n"  # fmt: skip
        rows = curve_rows(view.table, view.task, view.probe, "loss_at_n" if metric == "v_information" else metric)
        measured = bool((rows["labels"] == "control").any())
        control = st.toggle("Control task", value=True, key="control", bind="query-params", disabled=not measured) and measured
    prior = view.number("v_entropy", "dev")
    if metric == "v_information":
        rows = as_information(rows, prior or of.curves.ceiling)
    chart.show(
        loss_curves(rows, metric, series, n, epsilon, prior, control),
        f"{metric}-{view.task}",
        "loss-curves",
        f"{NAMED[metric]} of {view.task} on dev against items of train, log scale"
        + ("; dashed: control task." if control else "; its control task was not measured." if not measured else "."),
        chart.Help(
            "Probes are trained on growing parts of train and scored on the half of dev that was not used for selection. A curve that falls early "
            "and low means an easy layer. Bands are over sentences and seeds.",
            "A small subset lacks classes, and its loss depends on the rule for unseen classes.",
            [metric],
            view.probe,
        ),
    )


def frontiers(budget: Budget) -> None:
    """Accuracy or V-information against the complexity of the probe, trained on all of train: the budget does not change it."""
    view = budget.view
    if frontier.points(view.table, view.task, view.probe, "accuracy").empty:
        st.caption(f"The {escape(view.probe)} probe has no complexity frontier in these runs.")
        return
    metric = st.segmented_control(
        "Frontier of", ["accuracy", "v_information"], default="accuracy", required=True, key="frontier", bind="query-params",
        format_func=lambda name: MEASURES.get(name).short, label_visibility="collapsed",
    ) or "accuracy"  # fmt: skip
    series = choose(budget, "Frontiers of", "frontiers")
    trivial = trivial_baselines(budget, metric)
    rows = frontier.points(view.table, view.task, view.probe, metric)
    rows = frontier.with_frontier(rows[rows["checkpoint"].isin({name for name, _ in series})], trivial)
    chart.show(
        frontier_figure(rows, metric, series, trivial),
        f"frontier-{metric}-{view.task}",
        "frontier-chart",
        f"{MEASURES.get(metric).short} of {view.task} on dev against the complexity of the probe, with all of train; dashed: control task.",
        chart.Help(
            "The staircase is the best score of a probe of at most this complexity; the dashed one is the control task. A layer that rises early and "
            "high is easy.",
            "It is one seed on one half of dev. Where the control rises too, the probe memorises words.",
            ["hypervolume"],
            view.probe,
        ),
    )
    volumes = view.rows[view.rows["metric"] == "hypervolume"].drop(columns=["run"])
    alt = "Hypervolume of each layer's frontier, task and control"
    export.numbers(volumes, f"hypervolume-{view.task}", "volumes", alt, "Hypervolumes in numbers")


def trivial_baselines(budget: Budget, metric: str) -> dict[str, float]:
    """The trivial baseline: the majority on the scored half of dev, or 0 bits."""
    if metric != "accuracy":
        return {"task": 0.0, "control": 0.0}
    view = budget.view
    rows = view.table[
        (view.table["metric"] == "majority")
        & (view.table["split"] == "dev")
        & (view.table["task"] == view.task)
        & view.table["checkpoint"].isin(view.requested)
    ]
    return {
        "control" if "control" in str(text) else "task": float(value)
        for text, value in zip(rows["setting"], rows["value"], strict=True)
    }
