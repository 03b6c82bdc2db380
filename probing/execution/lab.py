"""Carry out what the lab is asked: the trainings of a sweep one after another, or a distillation. What is finished stays; what was begun goes on."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import Any

import pandas as pd

from cache.locks import FileLock
from cache.store import Store
from probing.distillations import Distillation
from probing.errors import BadInput
from probing.execution.progress import Progress
from probing.settings import Settings
from probing.sweeps import Arm, Sweep, done, refuse_sizes

STAGE = "Training, in steps"
KEPT = (
    "trainable",
    "learning_rate",
    "steps",
    "batch",
    "best_step",
    "seconds",
    "history",
    "notes",
    "classes",
    "tags",
    "pooling",
    "data",
)


def sweep(asked: Sweep, store: Store, settings: Settings, progress: Progress) -> float:
    """Make every arm whole in `store`; returns the seconds it took. Two processes that ask the same: one works, the other waits.

    An arm whose loss diverges is kept as such, and the others go on. Raises BadInput for what cannot be trained; arms that were
    finished before stay.
    """
    began = time.monotonic()
    with FileLock(store.locks / f"run-{asked.run}.lock"):
        _refuse_sizes(asked)
        finished = 0

        def carry_out(arm: Arm) -> None:
            nonlocal finished
            if not done(arm, store):
                print(f"{arm.label} ({finished + 1} of {asked.count})", file=sys.stderr, flush=True)
                _train(arm, asked, store, settings, _steps(progress, finished, asked))
            finished += 1
            progress(STAGE, finished * asked.spec.steps, asked.count * asked.spec.steps)

        for pilot in asked.pilots():
            carry_out(pilot)
        for arm in asked.arms(store):
            carry_out(arm)
    return time.monotonic() - began


def _refuse_sizes(asked: Sweep) -> None:
    from probing.tuning.data import examples

    if any(size != "all" for size in asked.spec.sizes):
        found = examples(asked.source.load(), asked.spec.task, asked.spec.column)
        refuse_sizes(asked, len(found.splits["train"]))


def _steps(progress: Progress, finished: int, asked: Sweep) -> Any:
    steps = asked.spec.steps
    return lambda tick: progress(STAGE, finished * steps + tick.step, asked.count * steps)


def _train(arm: Arm, asked: Sweep, store: Store, settings: Settings, watch: Any) -> None:
    from probing.tuning.finetune import tuning
    from probing.tuning.training import Diverged

    own = replace(settings, device=asked.device)
    ready = tuning(arm.spec, own, store, asked.source)
    try:
        made = ready.run(arm.product, own, watch, tests=not arm.pilot)
    except Diverged as error:
        facts = {"trainable": ready.trainable, "notes": [f"{arm.label}: {error}"], "diverged": True, "dev_score": None}
        _keep(arm.id, [], facts | _named(arm), store)
        return
    _keep(arm.id, made.record["rows"], facts_of(made.record) | _named(arm), store)


def _named(arm: Arm) -> dict[str, Any]:
    return {"method": arm.spec.method, "size": arm.size, "seed": arm.spec.seed, "rate": arm.spec.lr, "product": arm.product}


def facts_of(record: dict[str, Any]) -> dict[str, Any]:
    """What of a product's record a cell keeps: names and count of what trained, rates, steps, dev's best score, seconds, notes; and whether
    a split got one class throughout (`collapsed`) or the loss ended as no number (`diverged`)."""
    looks = record["history"]
    best = next((look["dev_score"] for look in looks if look["step"] == record["best_step"]), None)
    return {
        **{name: record[name] for name in KEPT},
        "dev_score": best,
        "collapsed": any("collapsed" in row["setting"] for row in record["rows"]),
        "diverged": False,
    }


def _keep(id: str, rows: list[dict[str, Any]], facts: dict[str, Any], store: Store) -> None:
    told = {"task": "lab", "probe": "head", "checkpoint": facts.get("product") or ""}
    store.results.save_cell(id, rows, pd.DataFrame(), {}, told | facts)


def distil(asked: Distillation, store: Store, settings: Settings, progress: Progress) -> float:
    """Make the student; returns the seconds it took. Raises BadInput for what a teacher cannot give."""
    from probing.tuning.distill import distillation

    began = time.monotonic()
    with FileLock(store.locks / f"run-{asked.run}.lock"):
        if asked.answered(store):
            return 0.0
        own = replace(settings, device=asked.device)
        ready = distillation(asked.spec, own, store, asked.source)
        if ready.id != asked.id:
            raise BadInput("The data or a checkpoint changed since this distillation was asked for: start it again.")
        made = ready.run(asked.product, own, lambda tick: progress(STAGE, tick.step, tick.steps))
        own_facts = {"loss": made.record["loss"], "layer_map": made.record["layer_map"], "terms": made.record["terms"]}
        _keep(asked.id, made.record["rows"], facts_of(made.record) | own_facts | {"product": asked.product}, store)
    return time.monotonic() - began
