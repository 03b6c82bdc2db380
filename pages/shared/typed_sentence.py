"""A sentence that the user types: its field, and its vectors, which a process that keeps models puts into the store where they are not there yet."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import streamlit as st

from cache.errors import StoreError
from cache.keys import SCHEMA, sentence_key
from pages.shared import frame, results
from pages.shared.frame import open_store
from probing import checkpoints, probes
from probing.checkpoints.described import refuse_described
from probing.errors import BadInput
from probing.execution import client
from probing.records.run import RecordedCell, RecordedTask, RunRecord
from probing.typed import MOST_LETTERS

READY_SECONDS = 300.0  # between two starts ahead of a question: less than the process waits for one
KEPT = "typed-sentence"
TREES = "structural"  # the family whose stored probes draw trees


class ProbedCell(NamedTuple):
    """A checkpoint's cell whose probes are stored, and how the vectors are made that they read. `checkpoint` is the name shown, `specs` are names
    under which it may be found; `rank` (of trees) and `seed` are the first ones asked, `extraction` as in `Checkpoint.identity`."""

    id: str
    run: str
    checkpoint: str
    specs: tuple[str, ...]
    fingerprint: str
    pooling: str
    precision: str
    submodule: str
    rank: int
    seed: int
    extraction: int | None


def readable(task: RecordedTask, cell: RecordedCell) -> bool:
    """Whether the cell's stored probes can read a sentence that is typed: labels of words and of sentences, and trees."""
    if task.level == "tree":
        return cell.probe == TREES
    return task.level in ("word", "sentence") and bool(task.classes) and probes.FAMILIES.get(cell.probe).kind == "labels"


def field(key: str, place: Any = st) -> str:
    """The text, bound to the address under `key`. What was typed on another page stands here too."""
    if key not in st.session_state and key not in st.query_params and st.session_state.get(KEPT):
        st.session_state[key] = st.session_state[KEPT]
    text = place.text_input(
        "Sentence", key=key, bind="query-params", max_chars=MOST_LETTERS, placeholder="Type a sentence, then press Enter"
    )
    st.session_state[KEPT] = text or ""
    return (text or "").strip()


def cell(records: Sequence[RunRecord], name: str) -> ProbedCell:
    """What has to be known of the cell with this id to read vectors for its probes."""
    run = results.run_of(records, name)
    record = next(record for record in records if record.run == run)
    found = next(entry for entry in record.cells if entry.id == name)
    entry = next(entry for entry in record.checkpoints if entry.name == found.checkpoint)
    spec = record.spec
    level = record.task(found.task).level
    return ProbedCell(
        name, run, entry.name, specs_of(record, entry.name), entry.fingerprint, spec.pooling, spec.precision, spec.submodule,
        spec.ranks(level)[0], spec.seed, entry.extraction,
    )  # fmt: skip


def specs_of(record: RunRecord, checkpoint: str) -> tuple[str, ...]:
    """What the run's checkpoint may be found by, the likeliest first: a record has names, and what was asked."""
    shown: dict[str, str] = getattr(record, "shown", {})
    name = next((name for name, other in shown.items() if other == checkpoint), checkpoint)
    specs = list(record.spec.checkpoints)
    if random := re.fullmatch(r"random:.*(@\d+)", name):
        specs += [f"random:{spec}{random[1]}" for spec in specs if not spec.startswith("random:")]
    return tuple(sorted(specs, key=lambda spec: Path(spec).name != Path(name).name))


def read(
    root: Path, found: ProbedCell, forms: tuple[str, ...], layers: tuple[int, ...], level: Literal["word", "sentence"] = "word"
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """As `vectors`; the model is asked where they are not stored. Raises BadInput with what its process says."""
    try:
        return vectors(root, found, forms, layers, level)
    except StoreError:
        _have_read(root, found, forms)
        return vectors(root, found, forms, layers, level)


@st.cache_resource(max_entries=64, show_spinner=False)
def vectors(
    root: Path, found: ProbedCell, forms: tuple[str, ...], layers: tuple[int, ...], level: Literal["word", "sentence"] = "word"
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Which words have a vector [n], and the vectors [n, D] of a sentence at every layer, or the one [1, D] of the whole sentence; not to be
    changed. Raises StoreError where they are not stored."""
    facts = {
        "schema": SCHEMA,
        "checkpoint": found.fingerprint,
        "pooling": found.pooling,
        "precision": found.precision,
        "submodule": found.submodule,
    } | ({"extraction": found.extraction} if found.extraction else {})
    reader = open_store(root).collection(facts).reader([sentence_key(forms)])
    try:
        if level == "sentence":
            return np.ones(1, bool), {layer: reader.sentence_vectors(layer, np.zeros(1, int)) for layer in layers}
        word = np.arange(len(forms))
        sentence = np.zeros_like(word)
        return reader.present(sentence, word), {layer: reader.words(layer, sentence, word) for layer in layers}
    finally:
        reader.close()


@st.cache_resource(show_spinner=False, max_entries=8, ttl=READY_SECONDS)
def make_ready(root: Path, device: str, found: ProbedCell) -> None:
    """Once in a while and checkpoint, while somebody types: start the process that reads sentences, and have it load the model."""

    def ahead() -> None:
        with contextlib.suppress(BadInput, StoreError, OSError):  # whoever types a sentence is told
            client.ask(open_store(root), device, replace(_question(found, ()), aim="model"), lambda _stage: None)

    threading.Thread(target=ahead, daemon=True).start()


def _question(found: ProbedCell, forms: tuple[str, ...]) -> client.Question:
    return client.Question(
        found.checkpoint, found.specs, found.fingerprint, forms, found.pooling, found.precision, found.submodule
    )


def _have_read(root: Path, found: ProbedCell, forms: tuple[str, ...]) -> None:
    """Wait for the vectors, and say what is going on."""
    known = []
    for spec in found.specs:
        with contextlib.suppress(BadInput):  # what is wrong with one that is here is said by who reads it
            known.append(checkpoints.find(spec, frame.settings().of_results()))
    refuse_described(*(one for one in known if one.fingerprint == found.fingerprint))
    slot = st.empty()
    status = slot.status(f"{found.checkpoint}: reading the sentence …")
    try:
        client.ask(
            open_store(root),
            frame.settings().device,
            _question(found, forms),
            lambda stage: status.update(label=f"{found.checkpoint}: {stage} …"),
        )
    finally:
        slot.empty()
