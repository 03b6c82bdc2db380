"""How a product of the lab was made, from strata.json beside its weights. Imports no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from probing.checkpoints.products import RECORD
from probing.checkpoints.record import read_record

if TYPE_CHECKING:
    from probing.checkpoints.resolve import Checkpoint

RECORDED = (
    *("how", "method", "task", "columns", "steps", "batch", "seed", "parent", "parent_fingerprint"),
    *("learning_rate", "weight", "init_probe"),
)


def record(checkpoint: Checkpoint) -> dict[str, Any]:
    """The whole of strata.json; empty for a checkpoint without one and for random weights. Raises BadInput where it is damaged."""
    if checkpoint.random_seed is not None:
        return {}
    path = (checkpoint.home or checkpoint.folder) / RECORD
    return read_record(path) if path.is_file() else {}


def lineage(checkpoint: Checkpoint) -> dict[str, Any] | None:
    """How a product was made: RECORDED, `data` (a name), `data_hash`, `train` (sentences), of a distillation `layer_map`. None for no product.

    Raises BadInput as `record` does.
    """
    saved = record(checkpoint)
    if not saved.get("how"):
        return None
    data = saved["data"] if isinstance(saved.get("data"), dict) else {}
    found = {name: saved.get(name) for name in RECORDED}
    found |= {"data": data.get("name"), "data_hash": data.get("hash"), "train": data.get("train")}
    return found | ({"layer_map": saved["layer_map"]} if "layer_map" in saved else {})
