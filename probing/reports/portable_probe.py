"""A probe of labels to take along: its arrays as safetensors, what it is as JSON, a card, and the lines that apply it with transformers alone.

FOLDER/probe.safetensors   the arrays of `Fitted.state` (probes/fitted.py), fp32; `projection.*` where vectors are brought to fewer numbers first
FOLDER/probe.json          a `PortableProbe`
FOLDER/README.md           the card of a model on a hub
FOLDER/apply.py            the lines; not where no such lines would give the same vectors
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from cache.store import Store
from probing import probes
from probing.analysis.predicted_labels import under
from probing.analysis.rows import matching
from probing.analysis.summaries import best_layer
from probing.errors import BadInput
from probing.installation import VERSION
from probing.records import stored
from probing.records.run import RecordedCheckpoint, RecordedTask, RunRecord

FORMAT: Literal["strata-probe"] = "strata-probe"
METRICS = (
    "accuracy",
    "macro_f1",
    "selectivity",
    "control_accuracy",
    "majority",
    "loss",
    "ece",
)  # those of the card, in this order
LEVELS = ("word", "sentence")  # of the tasks whose items have one vector each


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OfCheckpoint(Part):
    name: str
    fingerprint: str = Field(
        description="digest of weights, configuration and tokenizer: the probe fits this checkpoint and no other"
    )
    parent: str | None
    layers: int
    hidden: int


class ProbeScore(Part):
    """A score of this layer on one split; `lower` and `upper` bound an interval of 95 %, null where there is none."""

    split: str
    metric: str
    value: float
    lower: float | None
    upper: float | None
    unit: str
    n: int | None


class PortableProbe(Part):
    """What a probe reads, and what it says. `layer` 0 is the embedding output. `hidden_layers` have a ReLU behind them."""

    format: Literal["strata-probe"] = FORMAT
    schema_version: Literal[1] = 1
    task: str
    level: Literal["word", "sentence"]
    classes: tuple[str, ...]
    family: str
    checkpoint: OfCheckpoint
    layer: int
    submodule: str
    pooling: str = Field(description="sub-words to a word, and words to a sentence: mean, first, last or max")
    precision: str = Field(description="that the vectors were computed in; another gives slightly other vectors")
    standardiser: str = "(x - mean) * scale"
    hidden_layers: int
    seed: int
    corpus: str
    corpus_hash: str
    run: str
    made_by: str
    scores: tuple[ProbeScore, ...]


class ChosenProbe(NamedTuple):
    """Which probe of a run is meant."""

    checkpoint: RecordedCheckpoint
    task: RecordedTask
    family: str
    layer: int


def choose(
    record: RunRecord, table: pd.DataFrame, checkpoint: str | None, task: str | None, family: str | None, layer: int | None
) -> ChosenProbe:
    """What was left out is the only one there is; the layer is the one with the lowest loss on dev. Raises BadInput."""
    of_labels = probes.of_kind("labels")
    entries = {one.name: one for one in record.checkpoints if one.requested or one.name == checkpoint}
    tasks = {one.name: one for one in record.tasks if one.level in LEVELS}
    families = [name for name in record.probes if name in of_labels]
    if not tasks or not families:
        raise BadInput(f"The run {record.run} has no probe of labels of words or sentences, and no others are exported.")
    entry = entries[_one(list(entries), checkpoint, "checkpoint", record.run)]
    chosen = tasks[_one(list(tasks), task, "task", record.run)]
    probe = _one(families, family, "probe", record.run)
    best = best_layer(table, entry.name, chosen.name, probe) if layer is None else layer
    if best is None or record.cell(entry.name, chosen.name, probe) is None:
        raise BadInput(f"The run {record.run} has no {probe} probe of {chosen.name} for {entry.name}.")
    return ChosenProbe(entry, chosen, probe, best)


def _one(known: list[str], asked: str | None, what: str, run: str) -> str:
    if asked is None and len(known) == 1:
        return known[0]
    if asked not in known:
        said = f"has no {what} {asked!r}" if asked else f"has several {what}s"
        raise BadInput(f"The run {run} {said}: name one with --{what}, of {', '.join(known)}.")
    return asked


def read(store: Store, run: str, chosen: ChosenProbe, seed: int | None) -> tuple[PortableProbe, dict[str, np.ndarray]]:
    """The probe's facts and its arrays. Raises BadInput where the run stored none for that layer and seed."""
    record, table = stored.run(store, run), store.results.table(run)
    id = record.cell(chosen.checkpoint.name, chosen.task.name, chosen.family)
    assert id is not None, "choose() names cells that the run has"
    arrays = store.results.probes(id, lambda name: name.startswith(f"{chosen.layer}/"))
    seeds = sorted(int(name.split("/")[1]) for name in arrays if name.endswith("/weights_0"))
    if not seeds:
        raise BadInput(
            f"The run {run} keeps no {chosen.family} probe of layer {chosen.layer}: name a layer that it read with --layer."
        )
    used = seeds[0] if seed is None else seed
    if used not in seeds:
        raise BadInput(f"The run {run} has no seed {used}: name one with --seed, of {', '.join(map(str, seeds))}.")
    state = under(arrays, f"{chosen.layer}/{used}/")
    state |= {f"projection.{name}": array for name, array in under(arrays, f"{chosen.layer}/projection/").items()}
    entry, spec = chosen.checkpoint, record.spec
    return PortableProbe(
        task=chosen.task.name,
        level="word" if chosen.task.level == "word" else "sentence",
        classes=chosen.task.classes,
        family=chosen.family,
        checkpoint=OfCheckpoint(
            name=entry.name, fingerprint=entry.fingerprint, parent=entry.parent, layers=entry.layers, hidden=entry.hidden
        ),
        layer=chosen.layer,
        submodule=spec.submodule,
        pooling=spec.pooling,
        precision=spec.precision,
        hidden_layers=sum(name.startswith("weights_") for name in state) - 1,
        seed=used,
        corpus=record.corpus.name,
        corpus_hash=record.corpus.hash,
        run=record.run,
        made_by=f"strata {VERSION}",
        scores=tuple(_scores(table, chosen)),
    ), state


def _scores(table: pd.DataFrame, chosen: ChosenProbe) -> list[ProbeScore]:
    rows = matching(table, checkpoint=chosen.checkpoint.name, task=chosen.task.name, probe=chosen.family, setting="{}")
    rows = rows[
        rows["seed"].isna() & rows["value"].notna() & rows["metric"].isin(METRICS) & rows["layer"].isin([chosen.layer, -1])
    ]
    found = [
        ProbeScore(
            split=str(row["split"]),
            metric=str(row["metric"]),
            value=float(row["value"]),
            lower=None if pd.isna(row["lower"]) else float(row["lower"]),
            upper=None if pd.isna(row["upper"]) else float(row["upper"]),
            unit=str(row["unit"]),
            n=None if pd.isna(row["n"]) else int(row["n"]),
        )
        for row in rows.to_dict("records")
    ]
    return sorted(found, key=lambda one: (one.split != "test", one.split, METRICS.index(one.metric)))
