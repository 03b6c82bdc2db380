"""What result pages choose from: the shown runs (stored in the address), and the tasks in order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from pages.shared import controls, frame
from pages.shared.wording import escape, many
from probing.errors import BadInput
from probing.records.run import RecordedCell, RecordedCheckpoint, RecordedTask, RunRecord

GROUPS = ("surface", "syntax", "meaning")
SECOND = "second"  # the checkpoint that a section of Compare sets beside the base: one choice for all sections


def forget_unknown(key: str, options: Sequence[Any]) -> None:
    """Before a widget is drawn: another page's widget of the same name may have left a value that this one cannot have."""
    if key in st.session_state and st.session_state[key] not in list(options):
        del st.session_state[key]


def menu(where: Any, label: str, options: Sequence[Any], key: str, **more: Any) -> Any:
    """A selectbox bound to the address under `key`, drawn in `where`."""
    if key in st.session_state and st.session_state[key] not in list(options):
        # Set and not deleted: a browser goes on showing the former value of a widget that it knows.
        st.session_state[key] = options[more.pop("index", 0) or 0]
    return where.selectbox(label, options, key=key, bind="query-params", **more)


def choose_measure(label: str, offered: Mapping[str, str], here: Sequence[str], key: str) -> str:
    """One of the measures `here` by its name in `offered`, bound to the address under `key`."""
    forget_unknown(key, here)
    chosen = st.segmented_control(
        label, here, default=here[0], required=True, key=key, format_func=offered.__getitem__, bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    return chosen or here[0]


def turn(where: Any, length: int, noun: str, page: int) -> slice:
    """Which of `length` things to show, `page` at a time: a number field, drawn in `where`."""
    pages = max(1, -(-length // page))
    forget_unknown("page", range(1, pages + 1))
    number = where.number_input("Page", 1, pages, 1, key="page", help=f"{many(length, noun)} on {many(pages, 'page')}")
    return slice((number - 1) * page, number * page)


def scored(splits: Iterable[Any]) -> list[str]:
    """The splits that probes are scored on, each once: neither train nor dev."""
    return [str(split) for split in dict.fromkeys(splits) if split not in ("train", "dev")]


def of_trees(records: list[RunRecord], trees: bool) -> list[RunRecord]:
    """The records cut down to their tasks of trees, or to all others."""
    return with_cells(records, lambda task, _: (task.level == "tree") == trees)


def with_cells(records: Sequence[RunRecord], keep: Callable[[RecordedTask, RecordedCell], bool]) -> list[RunRecord]:
    """The records cut down to the cells that are kept, with their tasks and probe families; a record that has none is left out."""
    found = []
    for record in records:
        known = {task.name: task for task in record.tasks}
        cells = tuple(cell for cell in record.cells if keep(known[cell.task], cell))
        tasks = tuple(task for task in record.tasks if task.name in {cell.task for cell in cells})
        probes = tuple(probe for probe in record.probes if probe in {cell.probe for cell in cells})
        if cells:
            found.append(record.model_copy(update={"tasks": tasks, "cells": cells, "probes": probes}))
    return found


def warn_of_corpora(chosen: Sequence[RunRecord]) -> None:
    if len({record.corpus.hash for record in chosen}) > 1:
        st.warning("These runs use different corpora, so their numbers do not compare.", icon=":material/warning:")


def warn_of_mends(records: Sequence[RunRecord]) -> None:
    """A warning for runs of earlier releases that read a checkpoint wrongly. Checkpoints that are gone are skipped."""
    settings = frame.settings()
    for record in records:
        if record.extraction is not None:
            continue
        for spec in record.spec.checkpoints:
            with contextlib.suppress(BadInput):
                found = controls.find_checkpoint(spec, settings)
                if found.facts.mend:
                    st.warning(
                        f"The run {escape(record.label)} is from an earlier release, which read {escape(found.name)} wrongly: "
                        f"{found.facts.mend}. Its numbers are wrong: run it again.",
                        icon=":material/warning:",
                    )


def show_notes(records: Sequence[RunRecord]) -> None:
    """The notes of the runs."""
    warn_of_mends(records)
    notes = list(dict.fromkeys(note for record in records for note in record.notes))
    if notes:
        with st.expander(f"{many(len(notes), 'note')} on these runs", icon=":material/info:"):
            for note in notes:
                st.markdown(f"- {escape(note)}")


def ordered_tasks(records: Sequence[RunRecord]) -> list[str]:
    """The tasks of the runs, by group and name."""
    found = {task.name: task.group for record in records for task in record.tasks}
    return sorted(found, key=lambda name: (GROUPS.index(found[name]) if found[name] in GROUPS else 9, name))


def entries(records: Sequence[RunRecord]) -> dict[str, RecordedCheckpoint]:
    """The checkpoints of the runs by name, random baselines last."""
    found: dict[str, RecordedCheckpoint] = {}
    for record in records:
        for entry in record.checkpoints:
            found.setdefault(entry.name, entry)
    return dict(sorted(found.items(), key=lambda pair: not pair[1].requested))
