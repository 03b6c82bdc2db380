"""How far each kind of parameter moved in each layer, read from two checkpoints' files tensor by tensor: no model is built."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from probing.checkpoints.names import tensors as names_of
from probing.checkpoints.pairing import Pairing, pairing
from probing.checkpoints.weights import values
from probing.comparisons import Pair
from probing.extraction.extract import Progress
from probing.measures.drift import Moved, moved

NAMED = 6  # parameters that a note names; it counts the others


def answer(pair: Pair, progress: Progress) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of the pair, and notes."""
    paired = pairing(pair.first, pair.second)
    stage = f"{pair.first.name} and {pair.second.name}: reading weights"
    found = movements(paired, partial(progress, stage))
    return rows_of(found), notes_of(paired, pair.first.name, pair.second.name)


def movements(paired: Pairing, progress: Callable[[int, int], None]) -> dict[tuple[int, str], Moved]:
    """(layer, kind) → what moved. Layers count from 1, embeddings are 0, what belongs to no layer is -1; a kind is what a name says beside its layer.

    Reads at most a few million values at a time, whatever the tensor's size. `progress` may raise to stop.
    """
    found: dict[tuple[int, str], Moved] = {}
    places = names_of.places({*paired.common, *paired.only_first, *paired.only_second, *paired.reshaped})
    for done, (name, (one, other)) in enumerate(paired.common.items()):
        progress(done, len(paired.common))
        key = places[name].layer, places[name].kind
        for before, after in zip(values(*one), values(*other), strict=True):
            found[key] = found.get(key, Moved()) + moved(before, after)
    return found


def rows_of(found: dict[tuple[int, str], Moved]) -> list[dict[str, Any]]:
    """Rows `drift`, `drift_relative` and `drift_angle`: one a kind and layer (`{"parameter": kind}`), one for each layer as a whole."""
    whole: dict[int, Moved] = {}
    for (layer, _), some in found.items():
        whole[layer] = whole.get(layer, Moved()) + some
    parts = [(layer, {"parameter": kind}, some) for (layer, kind), some in found.items()]
    parts += [(layer, {}, some) for layer, some in whole.items()]
    return [
        {"layer": layer, "setting": setting, "metric": metric, "value": value, "n": some.n}
        for layer, setting, some in parts
        for metric, value in (("drift", some.mean), ("drift_relative", some.relative), ("drift_angle", some.angle))
    ]


def notes_of(paired: Pairing, first: str, second: str) -> list[str]:
    """What took no part, by name."""
    reasons = (
        (paired.only_first, f"only {first} has"),
        (paired.only_second, f"only {second} has"),
        (paired.reshaped, f"have another shape in {second} than in {first}"),
    )
    return [f"Drift leaves out {len(names):,} parameters that {what}: {_list(names)}." for names, what in reasons if names]


def _list(names: tuple[str, ...]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
