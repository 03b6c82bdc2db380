"""Share and Import: stored answers as one file, and such a file taken into this store once somebody has seen what is in it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from cache.store import Store
from pages.shared import frame
from pages.shared.wording import escape, many, size
from probing import permissions
from probing.bundles import importing
from probing.bundles.archive import SUFFIX
from probing.bundles.exporting import export
from probing.bundles.manifest import Manifest
from probing.execution import queue
from probing.settings import Limits, Settings

SAID = "bundle-said"
KINDS = {"run": "run", "comparison": "comparison", "sweep": "sweep of fine-tunings", "distillation": "distillation"}
SHOWN = 12  # entries of a bundle that are listed


def share(store: Store, ids: Sequence[str], name: str, key: str) -> None:
    """A button that saves runs, comparisons and trainings as a bundle; it is made when it is pressed, and runs nothing of the page again."""
    settings = frame.settings().of_pages()
    st.download_button(
        "Share",
        data=lambda: packed(store, list(ids), settings),
        file_name=f"{name}{SUFFIX}",
        mime="application/zip",
        key=key,
        type="tertiary",
        icon=":material/share:",
        on_click="ignore",
        help="Save as a bundle, which another Strata imports: tables, items, probes and records, with the comparisons and trainings of the same "
        "checkpoints. No weights, vectors or paths.",
    )


def packed(store: Store, ids: list[str], settings: Settings) -> bytes:
    """The bytes of the bundle. Raises BadInput and StoreError."""
    with tempfile.TemporaryDirectory(prefix="strata-") as folder:
        path = Path(folder) / f"bundle{SUFFIX}"
        export(store, ids, path, settings)
        return path.read_bytes()


def bring(store: Store) -> None:
    """The import: a file, what is in it, and the button that takes it in. Not offered in a demo."""
    if frame.demo():
        return
    if said := st.session_state.pop(SAID, None):
        st.success(escape(said), icon=":material/check_circle:")
    with st.popover("Import", icon=":material/upload:", key="import", help="Results that somebody shared as a bundle"):
        sent = st.file_uploader(f"A bundle ({SUFFIX})", type=[SUFFIX.removeprefix(".")], key="bundle")
        if sent is None:
            st.caption(
                "A bundle has the results of others: tables, probes and records. Everything is checked before it is taken in."
            )
            return
        with frame.forgiving(), tempfile.TemporaryDirectory(prefix="strata-") as folder:
            path = Path(folder) / f"{Path(sent.name).stem[:80] or 'bundle'}{Path(sent.name).suffix}"
            path.write_bytes(sent.getbuffer())
            found = importing.look(path, Limits.read())
            contents(found)
            if st.button("Import it", type="primary", key="import-sure"):
                fresh = [one.id for one in found.held if store.jobs.get(one.id) is None and not store.results.has_run(one.id)]
                taken = importing.take(path, store)
                for id in fresh:
                    permissions.claim(store.root, queue.thing(id))
                st.session_state[SAID] = (
                    f"Imported {many(len(found.held), 'entry', 'entries')}: {many(len(taken.new), 'piece')} new, {taken.already} already here."
                )
                st.rerun()


def contents(found: Manifest) -> None:
    """What is in a bundle, and where it comes from."""
    st.markdown(f"**{escape(found.title or 'A bundle')}**, written by Strata {escape(found.strata)}")
    if found.note:
        st.caption(escape(found.note))
    for one in found.held[:SHOWN]:
        when = f", finished {one.finished[:10]}" if one.finished else ""
        st.markdown(f"- {escape(KINDS.get(one.kind, one.kind).capitalize())}: {escape(one.label)}{escape(when)}")
    if len(found.held) > SHOWN:
        st.caption(f"And {many(len(found.held) - SHOWN, 'more entry', 'more entries')}.")
    unpacked = size(sum(member.bytes for member in found.members.values()))
    st.caption(
        escape(
            f"Checkpoints: {', '.join(found.checkpoints)}. Corpora: {', '.join(found.corpora)}. {unpacked}; all checksums are right."
        )
    )
