"""A run in progress whose numbers are known: published by this very process, as a worker would publish it."""

from __future__ import annotations

from typing import Any

from cache.store import Store
from probing.execution.live import Publisher
from probing.runs import Plan, RunSpec, plan
from probing.settings import Settings

ASKED = {
    "checkpoints": ("minilm-l6",),
    "corpus": "grammar",
    "tasks": ("upos",),
    "seeds": 1,
    "max_train": 40,
    "max_dev": 20,
    "max_test": 20,
}


def asked(**more: Any) -> Plan:
    """Two cells: a checkpoint and its random baseline."""
    return plan(RunSpec.parse(ASKED | more), Settings.read())


def begin(store: Store, planned: Plan) -> Publisher:
    """A running job of the plan, and what publishes its points."""
    store.jobs.submit(planned.run, planned.spec.model_dump(mode="json"), planned.label)
    assert store.jobs.claim("cpu") is not None
    return Publisher(planned, store, planned.cells, [])


def rows(
    planned: Plan, layers: int, cell: int = 0, metrics: tuple[str, ...] = ("accuracy",), split: str = "test"
) -> list[dict[str, Any]]:
    """The rows of a cell after so many layers: each metric 0.5, 0.6 …, beside a control accuracy of 0.2."""
    own = planned.cells[cell]
    common = {
        "checkpoint": own.checkpoint.name,
        "task": own.task,
        "probe": own.probe,
        "setting": "{}",
        "seed": None,
        "split": split,
    }
    return [
        common
        | {"layer": layer, "metric": metric, "value": value, "unit": "fraction", "lower": value - 0.1, "upper": None, "n": 90}
        for layer in range(layers)
        for metric, value in (*((metric, 0.5 + layer / 10) for metric in metrics), ("control_accuracy", 0.2))
    ]
