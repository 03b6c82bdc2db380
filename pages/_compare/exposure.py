"""Exposed or learned, on Compare: what fine-tuned checkpoints hold of a task against what their frozen base held already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import cards, choices, curves, export, frame, jobs, results
from pages.shared.wording import many, plain
from probing import probes
from probing.analysis import exposure as held
from probing.analysis.exposure import ExposureQuestion, FrozenBase
from probing.figures.exposure import exposure_chart


def show(root: Path, records: list[dict[str, Any]], table: pd.DataFrame, people: dict[str, dict[str, Any]], base: str) -> None:
    """The chart, a verdict over all and one on each product; or why there is none."""
    st.subheader("Exposed or learned?", anchor=False)
    own = {record["corpus"]["hash"] for record in records if base in record["shown"].values()}
    near = {name for record in records if record["corpus"]["hash"] in own for name in record["shown"].values()}
    products, others = held.products({name: entry for name, entry in people.items() if name in near}, base, own)
    for note in others:
        st.caption(plain(note))
    if not products and not others:
        st.caption(
            f"No run that is chosen says that one of its checkpoints was fine-tuned from {plain(base)}: probe it and a product of fine-tuning with "
            "one question. Runs of an earlier version do not say how their checkpoints were made."
        )
        return
    if not products:
        return
    measured = table[(table["metric"] == "v_information") & (table["layer"] >= 0) & (table["checkpoint"] == base)]
    if measured.empty:
        st.caption(
            f"{many(len(products), 'checkpoint')} of these runs {'was' if len(products) == 1 else 'were'} fine-tuned from {plain(base)}, but what "
            "either holds was not measured in bits of V-information: that takes labels, and a run that measures decodability."
        )
        asked = jobs.question(records[0]["spec"]) | {"measure": "decodability"}
        st.page_link("pages/new_run.py", label="Ask for decodability", icon=":material/play_arrow:", query_params=asked)
        return
    with frame.forgiving():
        answer(root, records, table, people, base, products, choose(records, measured))


def choose(records: list[dict[str, Any]], measured: pd.DataFrame) -> ExposureQuestion:
    first, second, third = st.columns([2, 1, 2])
    tasks = [task for task in choices.ordered_tasks(records) if (measured["task"] == task).any()]
    task = choices.menu(first, "Task", tasks, "held")
    own = measured[measured["task"] == task]
    family = choices.menu(second, "Probe family", [*dict.fromkeys(own["probe"].astype(str))], "family")
    own = own[own["probe"] == family]
    splits = [split for split in dict.fromkeys(own["split"].astype(str)) if split not in ("train", "dev")]
    return ExposureQuestion(task, family, choices.menu(third, "Scored on", splits, "on"))


@st.cache_data(max_entries=32, show_spinner="Pairing items …")
def found(
    root: Path,
    runs: tuple[str, ...],  # noqa: ARG001
    asked: ExposureQuestion,
    base: str,
    _view: tuple[Any, ...],
) -> tuple[FrozenBase, pd.DataFrame, list[str]]:
    """Kept for the runs' ids, the base's name and what is asked."""
    records, table, people, products = _view
    own = curves.cells(records, asked.task, asked.probe)
    twin = next((name for name, entry in people.items() if base in entry["of"] and name != base), None)
    of = held.frozen(table, asked, base, twin)
    classes = next(task["classes"] for record in records for task in record["tasks"] if task["name"] == asked.task)
    readings = curves.side_by_side(
        root, tuple(record["run"] for record in records), asked.task, asked.probe, len(classes), records
    )
    rows, notes = held.exposure(
        table, asked, of, products, lambda name: results.items(root, own[name]) if name in own else None, readings
    )
    return of, rows, notes


def answer(
    root: Path,
    records: list[dict[str, Any]],
    table: pd.DataFrame,
    people: dict[str, dict[str, Any]],
    base: str,
    products: dict[str, dict[str, Any]],
    asked: ExposureQuestion,
) -> None:
    runs = tuple(record["run"] for record in records)
    of, rows, notes = found(root, runs, asked, base, (records, table, people, products))
    with st.container(border=True):
        st.markdown(f"**{plain(held.summary(rows, of))}** {plain(held.base_summary(of, asked))}")
    for note in notes:
        st.caption(plain(note))
    if rows.empty:
        return
    title = f"exposure-{asked.task}-{asked.probe}"
    export.figure(exposure_chart(rows, of), title, "exposure", f"What checkpoints tuned from {base} hold of {asked.task}")
    st.caption(
        "How to read it: a point is a fine-tuned checkpoint at its best layer by dev, a line a method (a mean over seeds), the grey band the best "
        "layer of the frozen base. Differences are paired by item, with a bootstrap over sentences. "
        f"Exposed: a gain of {held.MARGIN:.0%} of H(Y) is ruled out. Learned: a gain of more than that is seen, and 0 is not in its interval. "
        "When it misleads: the base's best is that of this family of probes, so with a stronger family what seems learned may turn out exposed: "
        "choose another above; the intervals are of these checkpoints, and another seed of fine-tuning is another checkpoint."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for name in ("v_information", "esc", "selectivity"):
            cards.measure(name)
        cards.popover(probes.FAMILIES.get(asked.probe).card, label=f"{probes.FAMILIES.get(asked.probe).card.title} probe")
    with st.expander("The verdict on each", icon=":material/gavel:", expanded=len(rows) <= 6):
        for row in rows.to_dict("records"):
            st.markdown(f"- {plain(held.product_summary(row, of))}")
        st.caption(
            "What it costs to read: εSC, the items of train that a probe needs for nine tenths of what the base's best layer tells on dev, by the "
            "same target for all."
        )
    with st.expander("The numbers", icon=":material/table:"):
        st.dataframe(rows, hide_index=True, height=300, alt="Each fine-tuned checkpoint against the frozen base")
        export.table(rows, title, "exposure-table")
