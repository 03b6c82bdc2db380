"""Store: stored entries of one kind at a time, with size and last use; verify, evict to the limit, remove."""

from __future__ import annotations

import contextlib
import datetime

import pandas as pd
import streamlit as st

from cache import eviction, files
from cache.errors import StoreError
from cache.store import Store
from pages.shared import bundles, choices, controls, frame
from pages.shared.names import nicknames
from pages.shared.wording import escape, many, size
from probing import permissions
from probing.bundles import example
from probing.checkpoints import CHECKPOINTS, products, soundness
from probing.errors import BadInput
from probing.records import stored

KINDS = {  # results are last: they are thousands
    "activations": "Activations",
    "product": "Products",
    "upload": "Uploads",
    "model": "Models",
    "run": "Runs",
    "state": "Trainings",
    "cell": "Results",
}
WHAT = {
    "activations": "vectors of every layer, the largest part: computed again from the text",
    "cell": "tables, scored items and probes: computed again by training",
    "run": "which results belong to a run, and its sentences",
    "upload": "registered data and uploaded tables",
    "model": "copies of checkpoints from a hub, and complete copies of products",
    "product": "checkpoints made in the lab: they stay until you remove them",
    "state": "states of stopped trainings, to resume them; removed 14 days after the last write",
}


def rows(entries: list[dict], names: dict[str, str]) -> pd.DataFrame:
    """The listing as a table, newest use first. `names` tell which checkpoint a fingerprint stands for."""
    table = pd.DataFrame(
        [
            {
                "kind": KINDS.get(entry["kind"], entry["kind"]),
                "what": about(entry, names),
                "bytes": int(entry["bytes"]),
                "last used": moment(entry["last_used"]),
                "name": entry["name"],
            }
            for entry in entries
        ],
        columns=["kind", "what", "bytes", "last used", "name"],
    )
    return table.sort_values("last used", ascending=False, na_position="last", ignore_index=True)


def moment(last_used: float | None) -> datetime.datetime | None:
    return None if last_used is None else datetime.datetime.fromtimestamp(last_used, tz=datetime.UTC)


def about(entry: dict, names: dict[str, str]) -> str:
    """A description of an entry, from its stored facts."""
    facts = entry.get("facts") or {}
    known = {
        name: str(facts[name])
        for name in ("label", "checkpoint", "task", "probe", "pooling", "submodule", "precision")
        if facts.get(name)
    }
    if entry["kind"] == "activations" and "checkpoint" in known:
        own = known["checkpoint"]
        known["checkpoint"] = names.get(own, f"a checkpoint of no stored run ({own[:8]})")
        if "submodule" in known:
            known["submodule"] = f"vectors of each {known['submodule']}"
    return " · ".join(names.get(value, value) for value in known.values()) or str(entry["name"])


def fingerprints(store: Store) -> dict[str, str]:
    """Names of the checkpoints that the runs in the store know, and of the installed ones, by fingerprint."""
    found = {}
    for known in CHECKPOINTS:
        if known.installed:
            with contextlib.suppress(BadInput):  # the Checkpoints page says it
                found[controls.find_checkpoint(known.card.name, frame.settings()).fingerprint] = known.card.name
    own = nicknames(store)
    return found | {
        entry.fingerprint: own.get(entry.name, entry.name) for record in stored.runs(store) for entry in record.checkpoints
    }


def usage(store: Store, limit: int) -> dict[str, int]:
    """Draw what is used of the limit; returns bytes by kind."""
    by_kind = eviction.usage(store)
    total = sum(by_kind.values())
    st.progress(
        min(1.0, total / limit),
        text=f"{size(total)} of {size(limit)} used. Beyond the limit, the least recently used activations go first.",
    )
    for column, (kind, name) in zip(st.columns(len(KINDS)), KINDS.items(), strict=True):
        column.metric(name, size(by_kind.get(kind, 0)), help=WHAT[kind].capitalize() + ".", border=True)
    st.caption(f"The store is {escape(str(store.root))}. STRATA_STORE moves it, STRATA_STORE_LIMIT_GB sets the limit.")
    return by_kind


def report(outcome: dict) -> str:
    removed, in_use = outcome["removed"], outcome["kept_in_use"]
    sentence = f"Freed {size(outcome['freed'])}: removed {many(len(removed), 'entry', 'entries')}."
    if in_use:
        sentence += f" In use by a running job, not removed: {many(len(in_use), 'entry', 'entries')} ({', '.join(in_use[:3])})."
    return sentence


def show_report() -> None:
    """The result of the last action, shown once."""
    for sentence in st.session_state.pop("store-report", []):
        st.info(escape(sentence), icon=":material/info:")


def act(sentences: list[str]) -> None:
    st.session_state["store-report"] = sentences
    st.rerun()


def actions(store: Store, limit: int, chosen: list[str], chosen_bytes: int) -> None:
    if frame.demo():
        return
    runs = [name for name in chosen if store.results.run_folders.holds(name)]
    if not permissions.may(store.root, "keep"):
        if runs:
            bundles.share(store, runs, "shared", "share")
        st.caption("Administrators of this server verify, evict and remove.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            "Verify",
            key="verify",
            icon=":material/verified:",
            help="Read everything and compare checksums; damaged entries are removed.",
        ):
            found = soundness.verify(store)
            act([*(found.problems or ["No damage found in the store."]), *found.notes])
        if st.button(
            "Evict to the limit", key="evict", icon=":material/mop:", help="Drop activations until the store is under its limit."
        ):
            outcome = eviction.evict(store, limit)
            act([report(outcome) if outcome["removed"] or outcome["kept_in_use"] else "The store is already under its limit."])
        if runs:
            bundles.share(store, runs, "shared", "share")
        with st.popover("Remove chosen", icon=":material/delete:", disabled=not chosen, key="remove"):
            st.write(
                f"Remove {many(len(chosen), 'entry', 'entries')} ({size(chosen_bytes)})? Entries that a job uses are not removed."
            )
            if st.button("Remove them", type="primary", key="remove-sure"):
                with frame.forgiving():
                    going = [name for name in products.listed(store.root) if name.removeprefix(products.PREFIX) in chosen]
                    products.refuse_needed(going, store.root)
                    outcome = eviction.evict(store, None, names=chosen)
                    permissions.gone(store.root, *outcome["removed"])
                    act([report(outcome)])
        if not chosen:
            st.caption("Tick rows in the table to remove them.")


def study(store: Store) -> None:
    """The example study: what it takes, and whether it is shown."""
    if frame.demo() or frame.settings().example is None or not permissions.may(store.root, "keep"):
        return
    hidden = example.hidden(store.root)
    if store.below is None and not hidden:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        used = f", {size(files.size(store.below.root))} in the user's cache folder" if store.below else ""
        st.markdown(f"**{example.TITLE}**", width="content")
        st.caption(f"{'Hidden' if hidden else 'Shown'} on all pages{used}; never changed or deleted.", width="content")
        if st.button("Show it" if hidden else "Hide it", key="example", type="tertiary", icon=":material/visibility:"):
            with frame.forgiving():
                example.hide(store, not hidden)
                frame.open_store.clear()
                st.rerun()


def listing(used: dict[str, int], store: Store, limit: int) -> None:
    present = {name: kind for kind, name in KINDS.items() if used.get(kind)}
    if not present:
        st.caption("The store is empty: the first run fills it, and the same run then takes no time.")
        st.page_link("pages/new_run.py", label="Start a run", icon=":material/play_circle:")
        return
    choices.forget_unknown("kind", list(present))
    kind = st.segmented_control(
        "Kind", list(present), default=next(iter(present)), required=True, key="kind", bind="query-params"
    )
    entries = [
        entry for entry in eviction.listing(store, [present[kind]]) if entry["kind"] != "upload" or _readable(entry, store)
    ]
    table = rows(entries, fingerprints(store))
    place = st.container()
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"entries-{kind}",
        column_config={
            "kind": st.column_config.TextColumn("Kind", width="small"),
            "what": st.column_config.TextColumn("What", width="large"),
            "bytes": st.column_config.NumberColumn("Size", format="bytes", width="small"),
            "last used": st.column_config.DatetimeColumn("Last used", format="distance", width=130),
            "name": st.column_config.TextColumn("Name in the store"),
        },
    )
    picked = [index for index in event["selection"]["rows"] if index < len(table)]
    with place:
        actions(store, limit, list(table["name"].iloc[picked]), int(table["bytes"].iloc[picked].sum()))


def _readable(entry: dict, store: Store) -> bool:
    return permissions.may(store.root, "read", f"upload/{entry['name']}")


frame.title(
    "Store",
    "Vectors, results and runs are stored by content: the same question is answered from here without the model.",
)
try:
    current = frame.open_store(frame.settings().store)
except (StoreError, OSError) as error:
    frame.complain(error)
    if not permissions.may(frame.settings().store, "keep"):
        st.stop()
    with st.popover("Clear the store", icon=":material/delete_forever:", key="clear"):
        st.write("Remove vectors, results, runs and jobs? Uploads and products stay, and nothing outside the store is touched.")
        if st.button("Remove everything", type="primary", key="clear-sure"):
            with frame.forgiving():
                eviction.clear(frame.settings().store)
                st.rerun()
    st.stop()
show_report()
bundles.bring(current)
used = usage(current, frame.settings().store_limit_bytes)
study(current)
listing(used, current, frame.settings().store_limit_bytes)
