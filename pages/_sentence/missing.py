"""What the chosen checkpoints lack on Try a sentence, each with a link to the run that fills it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.shared import jobs, selection, typed_sentence
from pages.shared.view import RunsView
from pages.shared.wording import escape
from probing.records.run import RunRecord


def offer(view: RunsView, records: Sequence[RunRecord], names: Sequence[str], task: str, probe: str) -> None:
    """Says that checkpoints, by their names shown, have no probe of this family for the task, with the New run page set for it."""
    if not names:
        return
    specs = [spec for name in names if (spec := spec_of(records, selection.own_name(name)))]
    st.caption(
        f"{escape(', '.join(names))}: no {escape(probe)} probe of {escape(task)} on {escape(view.records[0].corpus.name)} is stored."
    )
    if specs:
        query = jobs.question(view.records[0].spec) | {"checkpoint": specs, "task": [task], "probe": [probe]}
        st.page_link("pages/new_run.py", label=f"Set up the run of {task}", icon=":material/play_circle:", query_params=query)


def not_here(names: Sequence[str]) -> None:
    """Says that of these checkpoints only results are here, in one line for all."""
    if names:
        told = f"only results are here, not the checkpoint{'s' * (len(names) > 1)}, so nothing new is read."
        st.info(escape(f"{' and '.join(names)}: {told} Checkpoints says how each was made."), icon=":material/info:")


def elsewhere(records: Sequence[RunRecord], shown: Sequence[str]) -> list[str]:
    """Checkpoints of the selection, by their own names, that are in the store and not among those shown."""
    wanted = selection.wanted()
    here = {selection.own_name(name) for name in shown}
    asked = dict.fromkeys(name for name in (wanted.base, *(wanted.compared or ())) if name)
    return [name for name in asked if name not in here and spec_of(records, name)]


def spec_of(records: Sequence[RunRecord], name: str) -> str | None:
    """What a checkpoint may be asked by, of its own name; None where no run has it."""
    for record in records:
        if any(entry.name == name for entry in record.checkpoints):
            return typed_sentence.specs_of(record, name)[0]
    return None
