"""History: every run, comparison, training, prediction and job in one table, with names, tags and notes; what runs now stands above it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from cache.store import Store
from pages.shared import bundles, frame, jobs, report
from pages.shared.wording import duration, escape, many
from probing import permissions
from probing.bundles import example
from probing.records import history, stored
from probing.records.history import Entry, Note

KINDS = {"run": "Run", "comparison": "Comparison", "sweep": "Fine-tuning", "distillation": "Distillation", "table": "Prediction"}
MOST_JOBS = 2000
FEW = 12  # rows that are shown at once
TABLES = (".csv", ".parquet")  # uploads that Predict reads


def everything(store: Store) -> list[Entry]:
    """Jobs, stored runs, and the tables that were brought for predictions; the newest first."""
    found = history.entries(store.jobs.recent(MOST_JOBS), stored.runs(store))
    tables = [path for path in store.uploads.glob("[!.]*") if path.suffix in TABLES]
    tables = [path for path in tables if permissions.may(store.root, "read", f"upload/{path.name}")]
    found += [Entry((path.name,), "table", path.stem, "done", path.stat().st_mtime, None, None, None) for path in tables]
    return sorted(found, key=lambda entry: entry.when, reverse=True)


def rows(found: list[Entry], notes: dict[str, Note], store: Store) -> pd.DataFrame:
    """One row per entry, in their order. Those of the example study say so among their tags."""
    told = [next((notes[id] for id in entry.ids if id in notes), Note()) for entry in found]
    return pd.DataFrame(
        {
            "type": [KINDS.get(entry.kind, entry.kind) for entry in found],
            "name": [note.name or entry.label for entry, note in zip(found, told, strict=True)],
            "tags": [
                f"{note.tags} {example.TITLE}".strip() if store.is_below(entry.id) else note.tags
                for entry, note in zip(found, told, strict=True)
            ],
            "note": [note.note for note in told],
            "state": [_state(entry) for entry in found],
            "finished": pd.to_datetime([entry.when for entry in found], unit="s", utc=True),
            "took": ["" if entry.seconds is None else duration(entry.seconds) for entry in found],
            "asked": [len(entry.ids) for entry in found],
        }
    )


def _stored(entry: Entry, store: Store) -> list[str]:
    """What of an entry can be shared: of the same question's runs those that the store has; else what its job asked."""
    return [id for id in entry.ids if store.results.has_run(id)] if entry.kind == "run" else [entry.id]


def _state(entry: Entry) -> str:
    return jobs.STATES[entry.state][0] if entry.state in jobs.STATES else entry.state.capitalize()


def chosen_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that the search and the filters leave."""
    first, second, third = st.columns([3, 2, 2], vertical_alignment="bottom")
    wanted = first.text_input(
        "Search", key="find", bind="query-params", icon=":material/search:", placeholder="a name, tag, note, checkpoint or task"
    )
    types = second.multiselect("Types", list(KINDS.values()), key="types", bind="query-params", placeholder="all types")
    states = third.multiselect("States", sorted(set(table["state"])), key="states", placeholder="all states")
    text = (table["name"] + " " + table["tags"] + " " + table["note"]).str.lower()
    for word in (wanted or "").lower().split():
        table = table[text.loc[table.index].str.contains(word, regex=False)]
    if types:
        table = table[table["type"].isin(types)]
    return table[table["state"].isin(states)] if states else table


def opened(entry: Entry, store: Store, notes: dict[str, Note]) -> None:
    """What can be done with an entry: open it, name it, delete it."""
    with st.container(border=True):
        if entry.job is not None:
            jobs.panel(entry.id, store, f"history-{entry.id}")
        elif entry.record is not None:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{escape(entry.label)}**")
                jobs.open_links(entry.id, entry.record.spec)
                st.page_link(
                    "pages/new_run.py", label="Run again", icon=":material/edit:", query_params=jobs.question(entry.record.spec)
                )
        else:
            query = {"table": f"upload:{entry.id}"}
            st.page_link("pages/predict.py", label="Open in Predict", icon=":material/query_stats:", query_params=query)
        if entry.state == "done" and entry.kind != "table":
            report.button([entry.id], f"report-{entry.id}")
        own = next((notes[id] for id in entry.ids if id in notes), Note())
        if frame.demo():
            return
        with st.form(f"note-{entry.id}", border=False):
            first, second = st.columns(2)
            name = first.text_input("Name", own.name, placeholder=entry.label, max_chars=history.LONGEST["name"])
            tags = second.text_input("Tags", own.tags, placeholder="words with spaces between", max_chars=history.LONGEST["tags"])
            note = st.text_area("Note", own.note, height=80, max_chars=history.LONGEST["note"])
            if st.form_submit_button("Save"):
                with frame.forgiving():
                    history.write(store, entry.ids, Note(name=name.strip(), tags=" ".join(tags.split()), note=note.strip()))
                    st.rerun()


def delete(entries: list[Entry], store: Store) -> None:
    if not history.delete(store, entries):
        st.toast(jobs.STAYS)
    st.rerun()


def main() -> None:
    frame.title("History", "Every run, comparison, training and prediction of this store, with names, tags and notes.")
    store = frame.store()
    with frame.forgiving():
        jobs.live_jobs(store.jobs.live(), store, "live")
        jobs.stopped_jobs(store, "stopped")
    bundles.bring(store)
    found = everything(store)
    if not found:
        st.caption("Nothing was asked of this store yet.")
        st.page_link("pages/new_run.py", label="Start a run", icon=":material/play_circle:")
        return
    notes: dict[str, Note] = {}
    with frame.forgiving():
        notes = history.read(store)
    table = chosen_rows(rows(found, notes, store))
    st.caption(f"{many(len(table), 'entry', 'entries')} of {len(found):,}. Tick one to open, name or delete it.")
    event: Any = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key="history",
        height=460 if len(table) > FEW else "content",
        column_config={
            "type": st.column_config.TextColumn("Type", width="small"),
            "name": st.column_config.TextColumn("Name", width="large"),
            "tags": st.column_config.TextColumn("Tags"),
            "note": st.column_config.TextColumn("Note"),
            "state": st.column_config.TextColumn("State", width="small"),
            "finished": st.column_config.DatetimeColumn("When", format="distance"),
            "took": st.column_config.TextColumn("Took", width="small"),
            "asked": st.column_config.NumberColumn(
                "Asked", width="small", help="How often the same was asked, with other ids: the newest stands for all."
            ),
        },
        alt="The history of this store",
    )
    picked = [found[int(table.index[row])] for row in event["selection"]["rows"] if row < len(table)]
    if len(picked) == 1:
        opened(picked[0], store, notes)
    if picked:
        shareable = [id for entry in picked if entry.state == "done" and entry.kind != "table" for id in _stored(entry, store)]
        if shareable:
            bundles.share(store, shareable, "shared" if len(picked) > 1 else f"{picked[0].kind}-{picked[0].id[:8]}", "share")
    if picked and not frame.demo():
        theirs = [entry.things[0] for entry in picked if not history.deletable(store, entry)]
        if theirs:
            st.caption(f"What is ticked belongs to {escape(permissions.whose(store.root, theirs[0]))}, who can delete it.")
            return
        with st.popover(
            f"Delete {many(len(picked), 'entry', 'entries')}", icon=":material/delete:", type="tertiary", key="delete"
        ):
            count = many(sum(len(entry.ids) for entry in picked), "run or job", "runs and jobs")
            st.write(f"Delete {count} from the history, with the tables of runs? Vectors and single results stay in the store.")
            if st.button("Delete", type="primary", key="delete-sure"):
                with frame.forgiving():
                    delete(picked, store)


main()
