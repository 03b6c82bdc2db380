"""Effort: how many items of train each layer needs, and further measures of how easily it answers a task."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages._effort import budget, by_layer, comparing, hardest, series
from pages.shared import choices, curves, facts, frame, sections
from pages.shared.view import FirstStep, TaskView, choose_runs, choose_view
from probing.analysis.loss_curves import LossCurves
from probing.records import stored

SCORED = "dev (the half not used for selection)"  # of every loss–data curve; a section that reads another split says so


@frame.fragment
def body(view: TaskView, of: LossCurves | None) -> None:
    """The chart with its budget below it, and the sections. A moved slider draws no more than this again."""
    facts.remember(split=SCORED, n=None)
    offered: dict[str, Callable[[], None]] = {}
    chosen: budget.Budget | None = None
    if of is None:
        budget.nothing(view)
        depths = view.depths()
    else:
        top, controls = st.container(), st.container()
        with controls:
            chosen = budget.choose(view, of)
            depths = view.depths()
        with top:
            budget.picture(chosen, depths)
        parts = {
            "Loss by items": series.losses,
            "Ranks": comparing.ranked,
            "Equal accuracy": comparing.alike,
            "Complexity frontier": series.frontiers,
        }
        offered = {title: lambda part=part, own=chosen: part(own) for title, part in parts.items()}  # type: ignore[misc]
    budget.common_dimension(view)
    offered["Codelength and SDL"] = lambda: by_layer.show(view, chosen, depths)
    offered["Hardest items"] = lambda: hardest.show(view)
    sections.show(offered)


def main() -> None:
    frame.title("Effort", "How much data a probe needs to read a task from each layer.")
    store = frame.store()
    records = [record for record in stored.runs(store) if record.spec.measure == "decodability"]
    runs = choose_runs(
        store,
        records,
        "**No run has measured decodability yet.** Two layers can have the same accuracy while one needs ten times the data. "
        "Such a run trains each probe on growing parts of train, so it takes several times as long as a run of accuracy.",
        FirstStep("Measure decodability", {"measure": "decodability"}),
    )
    view = choose_view(runs)
    body(view, curves.side_by_side(store.root, runs.runs, view.task, view.probe, len(view.classes), runs.records))
    choices.show_notes(runs.records)


with frame.forgiving():
    main()
