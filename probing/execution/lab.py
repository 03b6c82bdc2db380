"""Carry out what the lab is asked: the trainings of a sweep one after another, or a distillation. What is finished stays; what was begun goes on."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from cache.locks import FileLock
from cache.store import Store
from probing import permissions
from probing.checkpoints import products
from probing.corpora import described
from probing.distillations import Distillation
from probing.errors import BadInput
from probing.execution import queue
from probing.execution.live import TrainingPublisher
from probing.execution.progress import SAID, Progress
from probing.records import stored
from probing.records.training import DistillationRecord, Trainable, TrainedOn, TrainingRecord
from probing.settings import Settings
from probing.sweeps import Arm, Sweep, done, refuse_sizes
from probing.training_cost import trains
from probing.tuning.available import key, material_of
from probing.tuning.parameters import inventory_of
from probing.tuning.specs import tuned_id

STAGE = "Training, in steps"
KEPT = {  # of a product's record
    *("trainable", "learning_rate", "steps", "batch", "best_step", "seconds", "history"),
    *("notes", "classes", "tags", "pooling", "data"),
}


def sweep(asked: Sweep, store: Store, progress: Progress, settings: Settings) -> float:
    """Make every arm whole in `store`; returns the seconds it took. Two processes that ask the same: one works, the other waits.

    An arm whose loss diverges is kept as such, and the others go on. Raises BadInput for what cannot be trained; arms that were
    finished before stay.
    """
    began = time.monotonic()
    with FileLock(store.locks / f"run-{asked.run}.lock"):
        if not asked.answered(store):
            _refuse(asked, store)
        finished, live = 0, TrainingPublisher(store, asked.run, asked.count)

        def told(step: int) -> None:
            progress(STAGE, finished * asked.spec.steps + step, asked.count * asked.spec.steps)

        def watch(tick: Any) -> None:
            live.looked(tick.looks)
            told(tick.step)

        def carry_out(arm: Arm) -> None:
            nonlocal finished
            # Another sweep may be at the same arm: it works, this one waits and takes what came of it.
            with FileLock(store.locks / f"arm-{_tuned(arm, asked)}.lock"):
                if done(arm, store):
                    live.begin(arm.label, asked.spec.steps, stored.cell(store, arm.id, TrainingRecord).history)
                else:
                    SAID.say(f"{arm.label} ({finished + 1} of {asked.count})")
                    live.begin(arm.label, asked.spec.steps)
                    _train(arm, asked, store, settings, watch)
            finished += 1
            told(0)

        try:
            for pilot in asked.pilots():
                carry_out(pilot)
            for arm in asked.arms(store):
                carry_out(arm)
        finally:
            live.close()
        _describe(asked, store)
    return time.monotonic() - began


def _describe(asked: Sweep | Distillation, store: Store) -> None:
    """Keep what the chart of the results says of the data, for when their folder is gone or outside the folders that pages read."""
    task, column = asked.spec.task, asked.spec.column
    if task:
        described.keep(asked.source, {key(task, column): material_of(asked.source, task, column).content()}, store.root)


def _refuse(asked: Sweep, store: Store) -> None:
    """Raise BadInput for what some arm could not train, before any has."""
    from probing.tuning.data import examples

    corpus, spec = asked.source.load(), asked.spec
    if any(size != "all" for size in spec.sizes):
        refuse_sizes(asked, len(examples(corpus, spec.task, spec.column).splits["train"]))
    least = None if spec.sizes[0] == "all" else spec.sizes[0]
    for seed in range(spec.seeds):
        examples(corpus, spec.task, spec.column, least, seed)
    whole = inventory_of(asked.parent)
    for method in spec.methods:
        choice = trains(method, whole, spec.task).choice
        if choice is not None and choice.tree is not None:
            from probing.tuning.tree_loss import trained_probe

            trained_probe(store, spec.init_probe, asked.parent, choice.tree)


def _tuned(arm: Arm, asked: Sweep) -> str:
    """The id of the training, which a pilot and an arm may share."""
    return tuned_id(arm.spec, asked.parent, asked.source.hash)


def _train(arm: Arm, asked: Sweep, store: Store, settings: Settings, watch: Any) -> None:
    from probing.tuning.finetune import tuning
    from probing.tuning.training import Diverged

    own: dict[str, Any] = {"method": arm.spec.method, "size": arm.size, "seed": arm.spec.seed, "rate": arm.spec.lr}
    own |= {"product": arm.product, "checkpoint": arm.product or ""}
    record = _saved(arm.product, arm.id, store) if arm.product else None
    if record is None:
        settings = replace(settings, device=asked.device)
        ready = tuning(arm.spec, settings, store, asked.source)
        if ready.id != _tuned(arm, asked):
            raise BadInput(
                "The data or the checkpoint changed since this sweep began: start it again; what was finished belongs to what was."
            )
        try:
            record = ready.run(arm.product, settings, watch, tests=not arm.pilot).record
        except Diverged as error:
            diverged = TrainingRecord(
                trainable=Trainable(**ready.trainable),
                data=TrainedOn(train=len(ready.dataset.splits["train"])),
                notes=(f"{arm.label}: {error}",),
                diverged=True,
                **own,
            )
            stored.save_cell(store, arm.id, diverged, [])
            return
    if arm.product:
        permissions.inherit(store.root, queue.thing(asked.run), products.thing(arm.product))
    stored.save_cell(store, arm.id, TrainingRecord(**facts_of(record), **own), record["rows"])


def _saved(product: str, id: str, store: Store) -> dict[str, Any] | None:
    """The record of a product that was saved whole and whose scores the store has not, because it was stopped between, or emptied."""
    if product not in products.listed(store.root):
        return None
    record = products.record_of(product, store.root)
    whole = record.keys() >= {"rows", *KEPT}
    return record if whole and record.get("id") == id else None


def facts_of(record: dict[str, Any]) -> dict[str, Any]:
    """What of a product's record a TrainingRecord has: names and count of what trained, rates, steps, dev's best score, seconds, notes; and whether
    a split got one class throughout (`collapsed`)."""
    best = next((look["dev_score"] for look in record["history"] if look["step"] == record["best_step"]), None)
    collapsed = any("collapsed" in row["setting"] for row in record["rows"])
    return {name: record[name] for name in KEPT} | {"dev_score": best, "collapsed": collapsed}


def distil(asked: Distillation, store: Store, progress: Progress, settings: Settings) -> float:
    """Make the student; returns the seconds it took. Raises BadInput for what a teacher cannot give."""
    from probing.tuning.distill import distillation

    began = time.monotonic()
    with FileLock(store.locks / f"run-{asked.run}.lock"):
        if asked.answered(store):
            return 0.0
        record = _saved(asked.product, asked.id, store)
        if record is None:
            settings = replace(settings, device=asked.device)
            ready = distillation(asked.spec, settings, store, asked.source)
            if ready.id != asked.id:
                raise BadInput("The data or a checkpoint changed since this distillation was asked for: start it again.")
            live = TrainingPublisher(store, asked.run, 1)
            live.begin("student", asked.spec.steps)

            def watch(tick: Any) -> None:
                live.looked(tick.looks)
                progress(STAGE, tick.step, tick.steps)

            try:
                record = ready.run(asked.product, settings, watch).record
            finally:
                live.close()
        permissions.inherit(store.root, queue.thing(asked.run), products.thing(asked.product))
        own = {name: record[name] for name in ("loss", "layer_map", "terms")}
        made = DistillationRecord(**facts_of(record), **own, product=asked.product, checkpoint=asked.product)
        stored.save_cell(store, asked.id, made, record["rows"])
        _describe(asked, store)
    return time.monotonic() - began
