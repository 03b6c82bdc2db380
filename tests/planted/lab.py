"""A sweep whose scores are known: made as the lab would put it into a store, without a training."""

from __future__ import annotations

import json
from typing import Any

from cache.store import Store
from cache.table import COLUMNS
from probing.checkpoints import products
from probing.records import stored
from probing.records.training import Trainable, TrainedOn, TrainingRecord
from probing.settings import Settings
from probing.sweeps import Arm, Sweep, SweepSpec, plan

ASKED: dict[str, Any] = {
    "checkpoint": "minilm-l6",
    "data": "grammar",
    "task": "tokens",
    "methods": ("bitfit", "full"),
    "sizes": (64, 256, 1024),
    "seeds": 2,
    "steps": 60,
    "batch": 16,
    "keep": "first",
}
SCORES = {"bitfit": {64: 0.80, 256: 0.85, 1024: 0.86}, "full": {64: 0.60, 256: 0.85, 1024: 0.97}}


def fill(store: Store, collapsed: bool = False, diverged: bool = False, **more: Any) -> Sweep:
    """A finished sweep in which BitFit leads at 64 and full at 1,024. With `collapsed` the second seed of full at 64 collapsed, with
    `diverged` the second of BitFit at 256 has no score. Products of the first seed lie there."""
    asked = plan(SweepSpec.parse(ASKED | more), Settings.read())
    for pilot in asked.pilots():
        middle = float(f"{pilot.spec.lr:.2g}") in (0.003, 0.0003)
        stored.save_cell(store, pilot.id, TrainingRecord(dev_score=0.9 if middle else 0.8), [])
    for arm in asked.arms(store):
        gone = diverged and arm.spec.method == "bitfit" and (arm.size, arm.spec.seed) == (256, 1)
        fallen = collapsed and arm.spec.method == "full" and (arm.size, arm.spec.seed) == (64, 1)
        record = _record(arm).model_copy(update={"collapsed": fallen, "diverged": gone})
        stored.save_cell(store, arm.id, record, [] if gone else _rows(arm, fallen))
        if arm.product:
            folder = products.folder_of(arm.product, store.root)
            folder.mkdir(parents=True)
            told = {"parent": "minilm-l6", "method": arm.spec.method, "seed": arm.spec.seed, "task": "tokens", "how": "finetune"}
            told |= {"data": {"name": "grammar", "train": arm.size}, "rows": _rows(arm, fallen)}
            (folder / products.RECORD).write_text(json.dumps(told), encoding="utf-8")
    store.jobs.submit(asked.run, asked.spec.model_dump(mode="json"), asked.label, kind="sweep")
    store.jobs.finish(asked.run, "done")
    return asked


def _rows(arm: Arm, fallen: bool) -> list[dict[str, Any]]:
    assert arm.size != "all"
    value = 0.2 if fallen else SCORES[arm.spec.method][arm.size] + 0.002 * arm.spec.seed
    setting = {"method": arm.spec.method, "steps": 60, "train": arm.size} | ({"collapsed": True} if fallen else {})
    row = dict.fromkeys(COLUMNS) | {
        "task": "tokens",
        "probe": "head",
        "layer": -1,
        "metric": "accuracy",
        "unit": "fraction",
        "n": 5000,
    }
    row |= {"seed": arm.spec.seed, "setting": json.dumps(setting), "value": value, "lower": value - 0.01, "upper": value + 0.01}
    return [row | {"split": split, "run": "x", "checkpoint": "x", "corpus": "grammar"} for split in ("dev", "test")]


def _record(arm: Arm) -> TrainingRecord:
    assert arm.size != "all"
    return TrainingRecord(
        trainable=Trainable(parameters=25_728, fraction=0.0011, names=()),
        notes=("One note.",),
        best_step=54,
        seconds=12.5,
        dev_score=0.5,
        data=TrainedOn(train=arm.size),
        product=arm.product,
    )


def distilled_rows() -> list[dict[str, Any]]:
    """Scores of a student (.7) and its teacher (.9), and a term of the loss."""
    row = dict.fromkeys(COLUMNS) | {
        "run": "x",
        "checkpoint": "x",
        "corpus": "grammar",
        "task": "tokens",
        "probe": "head",
        "layer": -1,
    }
    row |= {"split": "test", "n": 5000}
    score = row | {"metric": "accuracy", "unit": "fraction"}
    student = score | {"setting": '{"method":"distill"}', "value": 0.7, "lower": 0.69, "upper": 0.71}
    teacher = score | {"setting": '{"role":"teacher"}', "value": 0.9, "lower": 0.89, "upper": 0.91}
    return [student, teacher, row | {"metric": "distillation_loss", "setting": '{"term":"hidden"}', "value": 1.0}]
