"""Compare: what one checkpoint answers differently from another, how alike their layers are, and how far the parameters moved."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages._compare import exposure, pair, seed_noise, texts
from pages.shared import cards, choices, curves, export, frame, jobs, results
from pages.shared.wording import plain
from probing import measures
from probing.analysis import differences, domains
from probing.errors import BadInput
from probing.figures.comparison_maps import difference_map

NOTHING = "no other text"


def families(people: dict[str, dict[str, Any]]) -> tuple[str, list[str]]:
    """A base and those to hold against it: a parent and its descendants where lineage says so, else the first and the second that was asked."""
    asked = [name for name, entry in people.items() if entry["role"] == "asked"] or list(people)
    children = {name: [other for other in asked if _is_parent(people[other]["parent"], name)] for name in asked}
    base = max(asked, key=lambda name: len(children[name]))
    return base, children[base] or [name for name in asked if name != base][:1]


def _is_parent(parent: str | None, name: str) -> bool:
    return parent is not None and name in (parent, Path(parent).name)


def choose(people: dict[str, dict[str, Any]]) -> tuple[str, list[str]]:
    """Base and others. Their random-weights twin is added where it is drawn."""
    base, others = families(people)
    first, second = st.columns([1, 2])
    names = list(people)
    choices.forget_unknown("base", names)
    base = first.selectbox(
        "Base", names, index=names.index(base), key="base", bind="query-params", help="What the others are compared with."
    )
    rest = [name for name in names if name != base and people[name]["role"] == "asked"]
    if not set(st.session_state.get("against", ())) <= set(rest):
        del st.session_state["against"]
    default = [name for name in others if name in rest] or rest[:1]
    against = second.multiselect("Against it", rest, default=default, key="against", bind="query-params")
    return base, list(against)


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
    """The differences of every task, adjusted over all of them; kept for the runs' ids and the names shown."""
    records, table, people, tasks = _view
    cells = {
        (cell["checkpoint"], cell["task"]): cell["id"] for record in records for cell in record["cells"] if cell["probe"] == probe
    }
    found = []
    for task in tasks:
        if (base, task) not in cells or (other, task) not in cells:
            continue
        sides = []
        for name in (base, other):
            items = results.items(root, cells[name, task]) if metric in differences.RATIOS else None
            kept = curves.kept(root, cells[name, task]) if metric in differences.REPLICATED else {}
            sides.append(differences.Side(name, people[name]["layers"], items, kept))
        found.append(differences.differences(table, metric, split, task, probe, *sides))
    return differences.together(found)


def answers(
    root: Path,
    records: list[dict[str, Any]],
    table: pd.DataFrame,
    people: dict[str, dict[str, Any]],
    base: str,
    against: list[str],
) -> tuple[str, str, str] | None:
    """The difference map of each other checkpoint, and of random weights, against the base.

    Returns what is shown, as what can be counted from items: a metric, a probe family, a test split.
    """
    st.subheader("What do they answer differently?", anchor=False)
    offered = measures.menu("compare")
    here = [name for name in offered if (table["metric"] == name).any()]
    if not here:
        st.caption("These runs measured nothing that can be held against each other here: take runs of labels or of trees.")
        return None
    choices.forget_unknown("by", here)
    metric = st.segmented_control(
        "Measure", here, default=here[0], required=True, key="by", format_func=offered.__getitem__, bind="query-params",
        label_visibility="collapsed",
    ) or here[0]  # fmt: skip
    own = table[table["metric"] == metric]
    first, second, third = st.columns(3)
    probe = choices.menu(first, "Probe", [p for p in dict.fromkeys(own["probe"]) if pd.notna(p)], "probe")
    # Codelengths and εSC are of train and dev.
    told = [split for split in dict.fromkeys(own.loc[own["probe"] == probe, "split"]) if split not in ("train", "dev")]
    split = choices.menu(second, "Scored on", told or list(dict.fromkeys(own["split"])), "split")
    tasks = [task for task in choices.ordered_tasks(records) if (own["task"] == task).any()]
    runs = tuple(record["run"] for record in records)
    twins = [name for name, entry in people.items() if base in entry["of"] and name != base]
    other = {text.title: text for text in texts.others(records, base, split, told)}
    beside = other.get(choices.menu(third, "And on other text", [NOTHING, *other], "beside"))
    view = (records, table, people, tasks)
    all_maps = []
    for name in against:
        with contextlib.suppress(BadInput):  # said where its map would stand
            all_maps.append(frames(root, runs, metric, split, probe, base, name, view))
    end = differences.largest(all_maps)
    for name in [*against, *twins]:
        st.markdown(f"**{plain(name)}** against **{plain(base)}**" + (" (what was never learned)" if name in twins else ""))
        with frame.forgiving():
            found = frames(root, runs, metric, split, probe, base, name, view)
            if found.empty:
                st.caption("No task was measured for both in this way.")
                continue
            if beside is None:
                draw(found, tasks, metric, base, name, end if name in against else 0.0)
                continue
            here, there = st.columns(2)
            named = beside.names(records, people, base, name)
            again = named and frames(root, runs, metric, beside.split, probe, *named, view)
            every = pd.concat([one for one in (found, again) if one is not None])
            most = float(every["difference"].abs().max())
            with here:
                st.caption(f"On {plain(split)}")
                draw(found, tasks, metric, base, name, most)
            there.caption(f"On {plain(beside.title)}")
            if again is None or again.empty:
                there.caption("No task was measured for both there.")
                continue
            with there:
                draw(again, tasks, metric, *named, most, beside.title)
            unit = measures.MEASURES.get(metric).difference
            scale = 100.0 if unit == "points" else 1.0
            st.markdown(plain(domains.summary(domains.apart(found, again), split, beside.title, scale, unit)))
    st.caption(
        f"How to read it: a cell is {offered[metric]} of the one named first minus the base's, at that layer (where depths differ, at the nearest "
        f"share of the depth). Above 0: {measures.MEASURES.get(metric).higher}. A struck-out cell does not differ at 5 % after Benjamini–Hochberg "
        "over its map. Maps against one base share their colours, that of random weights has its own. When it misleads: a difference that is not "
        "seen may still be there, so look at "
        "the smallest that could be seen; one that is seen says that a probe reads it more easily, not that the model uses it. "
        "A fine-tuned model is best held against its parent under one pooling."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        cards.measure(metric)
    if metric in differences.RATIOS:
        return metric, probe, split
    scored = table[(table["metric"] == "accuracy") & (table["probe"] == probe)]["split"]
    return next((("accuracy", probe, str(one)) for one in scored if one not in ("train", "dev")), None)


def draw(found: pd.DataFrame, tasks: list[str], metric: str, base: str, name: str, most: float = 0.0, where: str = "") -> None:
    """One map with its sentence and its table; colours end at `most` or beyond, `where` tells the same on other text apart."""
    with st.container(border=True):
        st.markdown(plain(differences.summary(found, base, name, metric)))
    shown = [task for task in tasks if (found["task"] == task).any()]
    label, unit = measures.menu("compare")[metric], measures.MEASURES.get(metric).difference
    title = f"difference-{metric}-{name}" + (f"-{where}" if where else "")
    export.figure(
        difference_map(found, shown, label, unit, most),
        title,
        f"map-{name}{where}",
        f"{label} of {name} minus {base} by layer and task",
    )
    with st.expander("The numbers", icon=":material/table:"):
        st.dataframe(found, hide_index=True, height=300, alt="The differences behind the map")
        export.table(found, title, f"table-{name}{where}")


def pooling(records: list[dict[str, Any]]) -> None:
    """Says how vectors were pooled, and offers the same questions under mean pooling, where fine-tuned and pretrained compare fairly."""
    told = {record["run"]: record["spec"].get("pooling") or "mean" for record in records}
    kinds = list(dict.fromkeys(told.values()))
    st.caption(f"Pooling of these runs: {', '.join(kinds)}.")
    for record in records:
        if told[record["run"]] != "mean":
            st.page_link(
                "pages/new_run.py", label=f"Ask {record['run'][:6]} again under mean pooling", icon=":material/compress:",
                query_params=jobs.question(record["spec"]) | {"pooling": "mean"},
            )  # fmt: skip


def main() -> None:
    frame.title(
        "Compare", "Base, fine-tuned, distilled, random: what they answer differently, how alike their layers are, what moved."
    )
    store = frame.store()
    records = store.results.runs()
    if not records:
        with st.container(border=True):
            st.markdown(
                "**Nothing has been run yet.** Run one set of tasks on two checkpoints, a parent and its child for example; then this page says at "
                "which layers they differ and whether that may be chance."
            )
            st.page_link(
                "pages/new_run.py", label="Run a parent and its child", icon=":material/play_arrow:",
                query_params={"checkpoint": ["minilm-l6", "minilm-l6-sre"], "max_train": "1000"},
            )  # fmt: skip
        return
    chosen = choices.choose_runs(records)
    if not chosen:
        st.caption("No run is chosen: choose one above.")
        return
    choices.warn_of_corpora(chosen)
    chosen = results.apart(chosen)
    people = choices.people(chosen)
    base, against = choose(people)
    if not against:
        st.caption("Only random weights stand beside this checkpoint: choose a run with two checkpoints, or a second run above.")
    pooling(chosen)
    table = results.tables(store.root, chosen)
    counted = answers(store.root, chosen, table, people, base, against)
    exposure.show(store.root, chosen, table, people, base)
    if counted is not None:
        seed_noise.show(store.root, chosen, people, *counted, measures.MEASURES.get(counted[0]).difference)
    pair.show(store, chosen, people, base, against)
    choices.show_notes(chosen)


with frame.forgiving():
    main()
