"""Entries of a run's record that every planted run has."""

from __future__ import annotations

from typing import Any

from cache.keys import digest
from probing.runs import Plan


def facts(name: str, layers: int, hidden: int = 384, of: str | None = None, **more: Any) -> dict[str, Any]:
    """A checkpoint as a run records it; `of` is the checkpoint that it is the random baseline of."""
    return {
        "name": name,
        "layers": layers,
        "hidden": hidden,
        "parameters": 1,
        "fingerprint": digest(name),
        "parent": None,
        "kind": "random" if of else "known",
        "role": "baseline" if of else "asked",
        "of": [of] if of else [],
    } | more


def planned(plan: Plan, layers: int, hidden: int) -> list[dict[str, Any]]:
    """The checkpoints of a plan."""
    return [
        facts(c.name, layers, hidden)
        | {
            "fingerprint": c.fingerprint,
            "kind": c.kind,
            "role": "baseline" if c.name in plan.baselines else "asked",
            "of": list(plan.twins.get(c.name, ())),
        }
        for c in plan.checkpoints
    ]
