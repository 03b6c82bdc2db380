"""How far each kind of parameter moved in each layer, read from two checkpoints' files tensor by tensor: no model is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probing.checkpoints import Checkpoint
from probing.checkpoints.names import tensors as names_of
from probing.checkpoints.weights import EXPONENT, Tensor, parameters, tensors, values, weight_files
from probing.measures.drift import Moved, moved

NAMED = 6  # parameters that a note names; it counts the others
Place = tuple[Path, Tensor]


@dataclass(frozen=True)
class Pairing:
    """The floating-point parameters of two checkpoints by exact name: those of one shape in both, and what only one has or has otherwise."""

    common: dict[str, tuple[Place, Place]]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    reshaped: tuple[str, ...]


def pairing(first: Checkpoint, second: Checkpoint) -> Pairing:
    """Names under which transformers loads them; where a checkpoint was saved with a head, its encoder's names begin with the model's own
    (`bert.encoder…`), and that beginning is taken off. Buffers are no parameters. Headers alone are read."""
    one, other = _named(first), _named(second)
    if not one.keys() & other.keys():
        one, other = _bare(one, other), _bare(other, one)
    both = one.keys() & other.keys()
    same = {name for name in both if one[name][1].shape == other[name][1].shape}
    return Pairing(
        {name: (one[name], other[name]) for name in sorted(same)},
        tuple(sorted(one.keys() - both)),
        tuple(sorted(other.keys() - both)),
        tuple(sorted(both - same)),
    )


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
    told = [(layer, {"parameter": kind}, some) for (layer, kind), some in found.items()]
    told += [(layer, {}, some) for layer, some in whole.items()]
    return [
        {"layer": layer, "setting": setting, "metric": metric, "value": value, "n": some.n}
        for layer, setting, some in told
        for metric, value in (("drift", some.mean), ("drift_relative", some.relative), ("drift_angle", some.angle))
    ]


def notes_of(paired: Pairing, first: str, second: str) -> list[str]:
    """What took no part, by name."""
    told = (
        (paired.only_first, f"only {first} has"),
        (paired.only_second, f"only {second} has"),
        (paired.reshaped, f"have another shape in {second} than in {first}"),
    )
    return [f"Drift leaves out {len(names):,} parameters that {what}: {_list(names)}." for names, what in told if names]


def _list(names: tuple[str, ...]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more:,} more" if more > 0 else "")


def read_otherwise(checkpoint: Checkpoint) -> bool:
    """Whether earlier releases took some of a checkpoint's tensors for something else: they answered otherwise of it."""
    found = [tensor.name for file in weight_files(checkpoint.folder) for tensor in tensors(file) if tensor.dtype in EXPONENT]
    return names_of.read_otherwise(found)


def _named(checkpoint: Checkpoint) -> dict[str, Place]:
    files = weight_files(checkpoint.folder)
    return {
        names_of.modern(tensor.name): (file, tensor)
        for file in files
        for tensor in parameters([file])
        if tensor.dtype in EXPONENT  # whose values NumPy reads
    }


def _bare(names: dict[str, Place], wanted: dict[str, Place]) -> dict[str, Place]:
    """`names` without their first component, of those whose rest is `wanted`; others stay as they are."""
    return {short: names[name] for name, short in names_of.without_prefix(names, wanted).items()}
