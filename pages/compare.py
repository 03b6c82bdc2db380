"""Compare: differences between checkpoints in what probes read, in their layers and in their parameters."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages._compare import exposure, pair, seed_noise, texts
from pages.shared import cards, choices, curves, export, frame, jobs, results
from pages.shared.results import ShownRun
from pages.shared.view import FirstStep, choose_runs
from pages.shared.wording import escape
from probing import measures
from probing.analysis import differences, domains
from probing.errors import BadInput
from probing.figures.comparison_maps import difference_map
from probing.records import stored
from probing.records.run import RecordedCheckpoint

NOTHING = "no other text"


@st.cache_data(max_entries=32, show_spinner="Pairing items …")
def frames(
    root: Path,
    runs: tuple[str, ...],  # noqa: ARG001
    metric: str,
    split: str,
    probe: str,
    base: str,
    other: str,
    _view: tuple[Any, ...],
) -> pd.DataFrame:
    """The differences of every task, adjusted over all of them; cached by the runs' ids and the names shown."""
    records, table, entries, tasks = _view
    cells = {(cell.checkpoint, cell.task): cell.id for record in records for cell in record.cells if cell.probe == probe}
    found = []
    for task in tasks:
        if (base, task) not in cells or (other, task) not in cells:
            continue
        sides = []
        for name in (base, other):
            items = results.items(root, cells[name, task]) if metric in differences.RATIOS else None
            replicates = curves.stored(root, cells[name, task]) if metric in differences.REPLICATED else {}
            sides.append(differences.ComparedCheckpoint(name, entries[name].layers, items, replicates))
        found.append(differences.differences(table, metric, split, task, probe, *sides))
    return differences.together(found)


def answers(
    root: Path,
    records: Sequence[ShownRun],
    table: pd.DataFrame,
    entries: dict[str, RecordedCheckpoint],
    base: str,
    against: list[str],
) -> tuple[str, str, str] | None:
    """The difference map of each other checkpoint, and of random weights, against the base.

    Returns the metric, probe family and test split that are shown, where the metric is counted from items.
    """
    st.subheader("Differences by layer and task", anchor=False)
    offered = measures.menu("compare")
    here = [name for name in offered if (table["metric"] == name).any()]
    if not here:
        st.caption("These runs have no measure that can be compared here: choose runs with tasks of labels or trees.")
        return None
    metric = choices.choose_measure("Measure", offered, here, "by")
    own = table[table["metric"] == metric]
    first, second, third = st.columns(3)
    probe = choices.menu(first, "Probe", [p for p in dict.fromkeys(own["probe"]) if pd.notna(p)], "probe")
    # Codelengths and εSC are of train and dev.
    splits = choices.scored(own.loc[own["probe"] == probe, "split"])
    split = choices.menu(second, "Scored on", splits or list(dict.fromkeys(own["split"])), "split")
    tasks = [task for task in choices.ordered_tasks(records) if (own["task"] == task).any()]
    runs = tuple(record.run for record in records)
    baselines = [name for name, entry in entries.items() if base in entry.baseline_of and name != base]
    other = {text.title: text for text in texts.others(records, base, split, splits)}
    beside = other.get(choices.menu(third, "Also show other text", [NOTHING, *other], "beside"))
    view = (records, table, entries, tasks)
    all_maps = []
    for name in against:
        with contextlib.suppress(BadInput):  # the page reports it in place of the map
            all_maps.append(frames(root, runs, metric, split, probe, base, name, view))
    end = differences.largest(all_maps)
    for name in [*against, *baselines]:
        st.markdown(f"**{escape(name)}** compared with **{escape(base)}**" + (" (random baseline)" if name in baselines else ""))
        with frame.forgiving():
            found = frames(root, runs, metric, split, probe, base, name, view)
            if found.empty:
                st.caption("No task was measured for both checkpoints in this way.")
                continue
            if beside is None:
                draw(found, tasks, metric, base, name, end if name in against else 0.0)
                continue
            here, there = st.columns(2)
            named = beside.names(records, entries, base, name)
            again = named and frames(root, runs, metric, beside.split, probe, *named, view)
            every = pd.concat([one for one in (found, again) if one is not None])
            most = float(every["difference"].abs().max())
            with here:
                st.caption(f"On {escape(split)}")
                draw(found, tasks, metric, base, name, most)
            there.caption(f"On {escape(beside.title)}")
            if again is None or again.empty:
                there.caption("No task was measured for both checkpoints on this text.")
                continue
            with there:
                draw(again, tasks, metric, *named, most, beside.title)
            unit = measures.MEASURES.get(metric).difference
            scale = 100.0 if unit == "points" else 1.0
            st.markdown(escape(domains.summary(domains.apart(found, again), split, beside.title, scale, unit)))
    st.caption(
        f"How to read it: a cell is {offered[metric]} of the checkpoint minus that of the base at the same layer (at the same relative depth where "
        f"the depths differ). Above 0: {measures.MEASURES.get(metric).higher}. A struck-out cell is not significant at 5 % after Benjamini–Hochberg "
        "over its map. Maps with the same base share one colour scale; the map of random weights has its own. When it misleads: a difference that "
        "is not significant may still exist, so read the smallest detectable difference. A significant difference means that a probe reads the "
        "task more easily, not that the model uses it. Compare a fine-tuned model with its parent under the same pooling."
    )
    cards.of_measures([metric])
    if metric in differences.RATIOS:
        return metric, probe, split
    scored = choices.scored(table.loc[(table["metric"] == "accuracy") & (table["probe"] == probe), "split"])
    return ("accuracy", probe, scored[0]) if scored else None


def draw(found: pd.DataFrame, tasks: list[str], metric: str, base: str, name: str, most: float = 0.0, where: str = "") -> None:
    """One map with its sentence and its table; the colour scale ends at `most` or beyond; `where` names the text if it is another."""
    with st.container(border=True):
        st.markdown(escape(differences.summary(found, base, name, metric)))
    shown = [task for task in tasks if (found["task"] == task).any()]
    label, unit = measures.menu("compare")[metric], measures.MEASURES.get(metric).difference
    title = f"difference-{metric}-{name}" + (f"-{where}" if where else "")
    export.figure(
        difference_map(found, shown, label, unit, most),
        title,
        f"map-{name}{where}",
        f"{label} of {name} minus {base} by layer and task",
    )
    export.numbers(found, title, f"table-{name}{where}", "The differences behind the map")


def pooling(records: Sequence[ShownRun]) -> None:
    """Shows the pooling, and links to the same runs with mean pooling, under which fine-tuned and pretrained checkpoints compare fairly."""
    poolings = {record.run: record.spec.pooling for record in records}
    kinds = list(dict.fromkeys(poolings.values()))
    st.caption(f"Pooling of these runs: {', '.join(kinds)}.")
    for record in records:
        if poolings[record.run] != "mean":
            st.page_link(
                "pages/new_run.py", label=f"Run {record.run[:6]} again with mean pooling", icon=":material/compress:",
                query_params=jobs.question(record.spec) | {"pooling": "mean"},
            )  # fmt: skip


def main() -> None:
    frame.title(
        "Compare", "Differences between base, fine-tuned, distilled and random checkpoints: probe results, layers and parameters."
    )
    store = frame.store()
    view = choose_runs(
        store,
        stored.runs(store),
        "**No runs yet.** Run the same tasks on two checkpoints, for example a parent and its child. This page then shows at "
        "which layers they differ, and which differences are significant.",
        FirstStep("Run a parent and its child", {"checkpoint": ["minilm-l6", "minilm-l6-sre"], "max_train": "1000"}),
    )
    shown, table, entries, base, against = view.records, view.table, view.entries, view.base, view.compared
    if not against:
        st.caption(f"Nothing is compared with {escape(base)} but its random baseline: choose a checkpoint above.")
    pooling(shown)
    counted = answers(store.root, shown, table, entries, base, against)
    exposure.show(store.root, shown, table, entries, base)
    if counted is not None:
        seed_noise.show(store.root, shown, entries, *counted, measures.MEASURES.get(counted[0]).difference)
    pair.show(store, shown, entries, base, against)
    choices.show_notes(shown)


with frame.forgiving():
    main()
