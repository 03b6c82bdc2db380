"""The selection that all exploring pages share (base, compared checkpoints, corpus, task) as one bar, in the address, kept over the menu.

The address holds it under `base`, `with`, `corpus` and `task`; `run` names runs, which then stand before everything else. A link of the
menu has no query, so the session keeps what was asked last and it is written into the address again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cache.store import Store
from pages.shared import names, report, results
from pages.shared.wording import escape
from probing.errors import BadInput
from probing.records import stored
from probing.records.run import RunRecord
from probing.records.selection import Field, Resolved, Selection, comparable, names_of, resolve, tasks_of
from probing.tasks import get_task

FIELDS = ("base", "with", "corpus", "task")
EARLIER = {"with": "against"}  # what addresses of earlier releases call it
ASKED, WRITTEN, CHANGED, SHOWN, TOLD = (f"selection-{name}" for name in ("asked", "written", "changed", "shown", "told"))


class Asked(NamedTuple):
    """A selection, and the runs that an address names."""

    selection: Selection
    runs: tuple[str, ...] = ()


def choose(store: Store, records: Sequence[RunRecord]) -> tuple[Resolved, DeltaGenerator]:
    """The bar, and the runs that answer what it says. `records` are those that the page can show, newest first, and not empty.

    Also returns the popover at the end of the bar, for further controls of the page.
    """
    asked = _asked()
    named = [record for record in records if record.run in asked.runs]
    pinned = results.apart(named)
    first: Field = st.session_state.pop(CHANGED, "base")
    if pinned:
        wanted = _as_shown(asked.selection, {name: shown for record in reversed(pinned) for name, shown in record.shown.items()})
        found = resolve(pinned, wanted, whole=True)
    else:
        found = resolve(records, asked.selection, first)
    # What the named runs' checkpoints are called on the page, and their own names.
    st.session_state[SHOWN] = {shown: name for record in pinned for name, shown in record.shown.items()}
    nicknames = names.nicknames(store)
    shown = results.apart(named if pinned else found.records, nicknames)
    display = {own: nicknames.get(own, own) for record in records for own in names_of(record)}
    for plain, short in zip(found.records, shown, strict=True):
        display |= dict(zip((one.name for one in plain.checkpoints), (one.name for one in short.checkpoints), strict=True))
    names.remember({short: own for own, short in display.items() if short != own})
    more = _bar(records, found, bool(pinned), display)
    _write(found.selection, [record.run for record in pinned])
    for sentence in (*_unknown_runs(store, records, asked.runs, found), *_untold(found.lacking, asked), *found.unlike):
        st.warning(escape(sentence), icon=":material/info:")
    base, compared, corpus, task = found.selection
    called = Selection(base and display[base], compared and tuple(display[one] for one in compared), corpus, task)
    return found._replace(records=tuple(shown), selection=called), more


def wanted() -> Selection:
    """What was asked for last, whether a page has it or not; known once the bar is drawn."""
    asked: Asked | None = st.session_state.get(ASKED)
    return asked.selection if asked else Selection()


def own_name(shown: str) -> str:
    """The checkpoint's own name, of the name that it has on the page."""
    pinned: dict[str, str] = st.session_state.get(SHOWN, {})
    name = names.own_name(shown)
    return pinned.get(name, name)


def show_task(task: str) -> None:
    """Another task is shown, once the page begins again with the bar."""
    st.query_params["task"] = task


def _asked() -> Asked:
    """What the address asks; where it asks nothing, or says what this session wrote into it, what was asked before."""
    parameters = {name: values for name in (*FIELDS, "run", *EARLIER.values()) if (values := st.query_params.get_all(name))}
    kept: Asked | None = st.session_state.get(ASKED)
    if kept is not None and (not parameters or parameters == st.session_state.get(WRITTEN)):
        return kept
    one = {name: next((value for value in parameters.get(name, ()) if value), None) for name in ("base", "corpus", "task")}
    compared = next((parameters[name] for name in ("with", EARLIER["with"]) if name in parameters), None)
    selection = Selection(compared=None if compared is None else tuple(filter(None, compared)), **one)
    asked = Asked(selection, tuple(parameters.get("run", ())))
    st.session_state[ASKED] = asked
    return asked


def _as_shown(wanted: Selection, names: dict[str, str]) -> Selection:
    """The selection by the names that the named runs have on the page, where two of them answer differently."""
    base = names.get(wanted.base, wanted.base) if wanted.base else None
    return wanted._replace(
        base=base, compared=wanted.compared and tuple(dict.fromkeys(names.get(one, one) for one in wanted.compared))
    )


def _write(found: Selection, runs: list[str]) -> None:
    """Put what is shown into the address, so that the view is a link."""
    told: dict[str, list[str]] = {"run": runs} if runs else {}
    told |= {"base": [found.base or ""], "with": list(found.compared or ()) or [""]}
    told |= {"corpus": [found.corpus or ""], "task": [found.task or ""]}
    for name in (*FIELDS, "run", *EARLIER.values()):
        if st.query_params.get_all(name) == told.get(name, []):
            continue
        if name in told:
            st.query_params[name] = told[name]
        else:
            st.query_params.pop(name, None)
    st.session_state[WRITTEN] = told


def _changed(field: str) -> None:
    """A menu of the bar was used: the address says so before the page is drawn. What named runs do not have ends their naming."""
    value = st.session_state[f"selected-{field}"]
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    known: dict[str, str] = st.session_state.get(SHOWN, {})
    if known and (field == "corpus" or (field in ("base", "with") and not set(values) <= set(known))):
        st.query_params.pop("run", None)
        for name in ("base", "with"):  # by their own names again
            st.query_params[name] = [known.get(one, one) for one in st.query_params.get_all(name)]
        values = [known.get(one, one) for one in values]
    st.query_params[field] = values or [""]
    if field != "with":
        st.session_state[CHANGED] = field


def _pin() -> None:
    """Runs were chosen by hand, or none: then the newest that fit are shown."""
    chosen = st.session_state["selected-runs"]
    for name in (*FIELDS, *EARLIER.values()):
        if chosen:
            st.query_params.pop(name, None)
    if chosen:
        st.query_params["run"] = chosen
    else:
        st.query_params.pop("run", None)


def _menu(place: Any, field: str, label: str, options: Sequence[str], value: Any, **more: Any) -> None:
    """A menu whose value is that of the address; choosing writes the address."""
    key = f"selected-{field}"
    st.session_state[key] = value
    widget = place.multiselect if isinstance(value, list) else place.selectbox
    widget(label, list(dict.fromkeys(options)), key=key, on_change=_changed, args=(field,), **more)


def _titled(task: str) -> str:
    """A task with what it asks in words; the name alone of one that this release does not know."""
    with contextlib.suppress(BadInput):
        return f"{task} · {get_task(task).card.title}"
    return task


def _bar(records: Sequence[RunRecord], found: Resolved, pinned: bool, display: Mapping[str, str]) -> DeltaGenerator:
    base, compared, corpus, task = found.selection
    here = [name for record in found.records for name in names_of(record)]
    known = set(st.session_state[SHOWN].values())
    elsewhere = [name for record in records for name in names_of(record) if name not in known]
    beside = [name for name in comparable(records, corpus, task) if name not in known]

    def called(name: str) -> str:
        return display.get(name, name)

    corpora = {record.corpus.spec: record.corpus.name for record in records}
    tasks = [one.name for record in found.records for one in record.tasks] if pinned else tasks_of(records, base, corpus)
    first, second, third, fourth, fifth = st.columns([2.6, 3.8, 2.0, 2.9, 2.7], vertical_alignment="bottom")
    _menu(first, "base", "Base", [*(here if pinned else ()), *elsewhere], base, format_func=called)
    rest = [name for name in (*(compared or ()), *comparable(found.records, corpus, task), *beside) if name != base]
    _menu(second, "with", "Compare with", rest, list(compared or ()), placeholder="Choose checkpoints", format_func=called)
    _menu(third, "corpus", "Corpus", list(corpora), corpus, format_func=lambda spec: corpora.get(spec, spec))
    _menu(fourth, "task", "Task", tasks, task, format_func=_titled)
    end = fifth.container(horizontal=True, gap="small")
    more = end.popover("More")
    report.button([record.run for record in found.records], "report", end)
    with more:
        labels = {record.run: record.label for record in records}
        st.session_state["selected-runs"] = [record.run for record in found.records] if pinned else []
        st.multiselect(
            "Runs",
            list(labels),
            key="selected-runs",
            format_func=lambda run: f"{labels[run]} ({run[:6]})",
            on_change=_pin,
            placeholder="the newest that fit",
            help="Several runs share one chart. Only runs on the same corpus compare.",
        )
        st.caption(escape(f"Shown: {', '.join(f'{record.label} ({record.run[:6]})' for record in found.records)}."))
    return more


def _untold(sentences: Sequence[str], asked: Asked) -> list[str]:
    """Those that no other page has said of the same question: who goes on to the next page knows them."""
    context = get_script_run_ctx()
    page = context.page_script_hash if context is not None else ""
    of, told = st.session_state.get(TOLD, (None, {}))
    if of != asked:
        told = {}
    st.session_state[TOLD] = (asked, dict.fromkeys(sentences, page) | told)
    return [sentence for sentence in sentences if told.get(sentence, page) == page]


def _unknown_runs(store: Store, records: Sequence[RunRecord], asked: Sequence[str], found: Resolved) -> list[str]:
    """A sentence for the runs that are asked for and not shown: this page has nothing of them, or the store does not have them."""
    here = {record.run for record in records}
    absent = [run for run in asked if run not in here]
    if not absent:
        return []
    shown = " and ".join(f"{record.label} ({record.run[:6]})" for record in found.records)
    elsewhere = {record.run: record.label for record in stored.runs(store)}
    told = []
    for run in absent:
        if run in elsewhere:
            told.append(f"The run {elsewhere[run]} ({run[:6]}) has nothing for this page: instead of it, {shown} is shown.")
        else:
            told.append(
                f"The run {run[:40]} in this address cannot be read from this store: it was removed, is damaged, or was written by a newer "
                f"release. Instead of it, {shown} is shown; choose others under More."
            )
    return told
