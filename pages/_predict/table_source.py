"""The source of the table on Predict: a file, a stored upload, or stored runs with uploaded scores."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from cache.errors import StoreError
from cache.files import temporary, writing
from pages.shared import choices, controls, frame, results
from pages.shared.wording import escape, many
from probing import permissions, probes
from probing.errors import BadInput
from probing.prediction import stored
from probing.prediction.table import LARGEST, NAMES, Table, check, parse_table, read_file, read_frame
from probing.records import stored as recorded
from probing.settings import Settings

UPLOAD = "upload:"
FILE, RUNS = "A file", "Runs of this store"
TEMPLATE = (
    "checkpoint,accuracy_after_tuning,tree_depth_layer_1,tree_depth_layer_2,upos_layer_1,upos_layer_2\n"
    "base,0.81,0.33,0.36,0.91,0.93\nbase_corr_500,0.78,0.31,0.34,0.90,0.91\nother,0.84,0.35,0.39,0.92,0.94\n"
)
SCORES = "checkpoint,accuracy_after_tuning\nminilm-l6,0.81\n"


@dataclass(frozen=True)
class Brought:
    """Cells as they stand, the number of their first row, and the probed checkpoints that have no score yet."""

    frame: pd.DataFrame
    first: int
    source: str
    waiting: pd.DataFrame | None = None

    def check(self, family: str | None = None) -> Table:
        """The table, its families from a column where one is named. Raises BadInput."""
        return check(self.frame, self.source, family, self.first)


def choose(settings: Settings) -> Brought | None:
    """What the user brings; None while nothing is chosen. Raises BadInput."""
    source = st.segmented_control("Table from", [FILE, RUNS], default=FILE, required=True, key="source", bind="query-params")
    return _from_runs(settings) if source == RUNS else _from_file(settings)


def _from_file(settings: Settings) -> Brought | None:
    _receive(settings, "table-file", "table")
    stored = _stored_uploads(settings)
    column, bring = st.columns([3, 2], vertical_alignment="bottom")
    named = column.selectbox(
        "Table",
        stored,
        index=None,
        key="table",
        bind="query-params",
        accept_new_options=True,
        placeholder="A path or an upload",
        help="One row per checkpoint: its name, its fine-tuning scores, and columns TASK_layer_N with probe scores. "
        f"Files may lie under {escape(' or '.join(str(root) for root in settings.page_roots()))}.",
    )
    with bring.popover("Upload a table", icon=":material/upload:"):
        _upload_box("table-file", "CSV or parquet, one row per checkpoint")
    if trouble := st.session_state.pop("table-file-trouble", None):
        frame.complain(trouble)
    if not named:
        _teach()
        return None
    if named.startswith(UPLOAD):
        return Brought(*read_frame(_upload(settings, named).read_bytes(), named), named.removeprefix(UPLOAD))
    data, name = read_file(controls.refuse_dots(named), settings.page_roots())
    return Brought(*read_frame(data, name), name)


def _from_runs(settings: Settings) -> Brought | None:
    st.caption(
        "Probe results come from the runs in this store. Fine-tuning scores come from your table: "
        "a column checkpoint, and one column per score."
    )
    store = frame.store()
    records = recorded.runs(store)
    if not records:
        st.caption("No runs yet: probe some checkpoints first.")
        st.page_link("pages/new_run.py", label="Probe checkpoints", icon=":material/play_circle:")
        return None
    _receive(settings, "scores-file", "scores")
    first, second, third = st.columns(3)
    names = list(dict.fromkeys(record.corpus.name for record in records))
    corpus = choices.menu(first, "Corpus", names, "corpus")
    measure = choices.menu(second, "Measure", list(stored.SPLITS), "measure")
    probe = choices.menu(third, "Probe", probes.of_kind("labels"), "probe")
    chosen = [record for record in records if record.corpus.name == corpus]
    requested = {entry.name for record in chosen for entry in record.checkpoints if entry.requested}
    rows = pd.concat([results.table(store.root, record.run).astype({"checkpoint": str, "task": str}) for record in chosen])
    probed = stored.features(rows[rows["checkpoint"].isin(requested)], measure, probe)
    st.caption(
        f"{many(len(probed), 'checkpoint')} with {many(len(probed.columns) - 1, 'feature')} in common: "
        f"{escape(', '.join(probed['checkpoint'][:12]))}. If a checkpoint has several runs, the newest is used. "
        "Runs with different limits do not compare."
    )
    column, bring = st.columns([3, 2], vertical_alignment="bottom")
    named = column.selectbox(
        "Scores",
        _stored_uploads(settings),
        index=None,
        key="scores",
        bind="query-params",
        placeholder="An upload with the scores",
    )
    with bring.popover("Upload scores", icon=":material/upload:"):
        _upload_box("scores-file", "CSV or parquet: checkpoint, then one column per score")
    if trouble := st.session_state.pop("scores-file-trouble", None):
        frame.complain(trouble)
    if not named:
        st.download_button("A template of scores", SCORES, "scores.csv", "text/csv", icon=":material/download:", type="tertiary")
        return None
    scores, _ = read_frame(_upload(settings, named).read_bytes(), named.removeprefix(UPLOAD))
    both, waiting = stored.join(probed, scores, named.removeprefix(UPLOAD))
    return Brought(both, 1, "The joined table", waiting)


def _teach() -> None:
    """The empty state: what a table looks like, and one to begin with."""
    with st.container(border=True):
        st.markdown("**Provide a table with one row per checkpoint.** It needs three kinds of columns.")
        st.markdown(
            f"- a column of names, called {', '.join(f'`{name}`' for name in NAMES)}, or the first column. `base_corr_500` counts as the same "
            "family as `base`; another column may name the families\n"
            "- one column per fine-tuning score: these can be predicted\n"
            "- columns named `TASK_layer_N`: the score of a probe of that task on that layer"
        )
        st.caption("Twenty-five checkpoints are few: this page shows how well a prediction holds on unseen checkpoints.")
        st.download_button("A template", TEMPLATE, "predict.csv", "text/csv", icon=":material/download:", type="tertiary")


def _upload_box(key: str, label: str) -> None:
    st.file_uploader(label, type=["csv", "parquet"], key=key)
    st.button("Check and store", icon=":material/check:", key=f"{key}-keep", on_click=_ask_to_keep, args=(key,))


def _ask_to_keep(key: str) -> None:
    st.session_state[f"{key}-asked"] = True


def _receive(settings: Settings, key: str, menu: str) -> None:
    """Keep what was uploaded, before the menu that shall name it is drawn."""
    if not st.session_state.pop(f"{key}-asked", False):
        return
    file: Any = st.session_state.get(key)
    try:
        if file is None:
            raise BadInput("No file is chosen: choose one first.")
        settings.refuse_writing()
        st.session_state[menu] = keep(settings.store / "uploads", file.name, file.getvalue(), menu == "table")
    except (BadInput, StoreError) as error:
        st.session_state[f"{key}-trouble"] = str(error)


def keep(uploads: Path, name: str, data: bytes, whole: bool) -> str:
    """Keep an uploaded table under a name of ours; what it is called in menus. A whole table is checked first. Raises BadInput."""
    if len(data) > LARGEST:
        raise BadInput(f"The file has {len(data):,} bytes, more than {LARGEST:,}: leave out columns that are not needed.")
    stem, dot, _ = name.replace("\\", "/").rsplit("/", 1)[-1].lower().rpartition(".")
    slug = re.sub(r"[^a-z0-9]+", "-", stem if dot else name.lower())[:60].strip("-") or "table"
    kind = "parquet" if data[:4] == b"PAR1" else "csv"
    if whole:
        parse_table(data, name[:80])
    else:
        read_frame(data, name[:80])
    stored = uploads / f"{slug}-{hashlib.sha256(data).hexdigest()[:8]}.{kind}"
    permissions.refuse_more(uploads.parent, len(data))
    permissions.claim(uploads.parent, f"upload/{stored.name}", stored.exists())
    fresh = temporary(uploads, stored.name)
    with writing("the upload", fresh):
        uploads.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(data)
        fresh.replace(stored)
    return f"{UPLOAD}{stored.name}"


def _stored_uploads(settings: Settings) -> list[str]:
    found = [path for kind in ("csv", "parquet") for path in (settings.store / "uploads").glob(f"[!.]*.{kind}")]
    readable = [path for path in sorted(found) if permissions.may(settings.store, "read", f"upload/{path.name}")]
    return [f"{UPLOAD}{path.name}" for path in readable]


def _upload(settings: Settings, named: str) -> Path:
    if named not in _stored_uploads(settings):
        raise BadInput(f"No upload is called {named.removeprefix(UPLOAD)[:80]!r}: upload the table again.")
    return settings.store / "uploads" / named.removeprefix(UPLOAD)
