"""The parameters that two checkpoints have in common, by the headers of their files."""

from __future__ import annotations

from dataclasses import dataclass

from probing.checkpoints.described import places
from probing.checkpoints.names import tensors as names_of
from probing.checkpoints.resolve import Checkpoint
from probing.checkpoints.weights import EXPONENT, Place


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


def read_otherwise(checkpoint: Checkpoint) -> bool:
    """Whether earlier releases took some of a checkpoint's tensors for something else, so that their results differ."""
    return names_of.read_otherwise([tensor.name for _, tensor in places(checkpoint) if tensor.dtype in EXPONENT])


def _named(checkpoint: Checkpoint) -> dict[str, Place]:
    """The parameters whose values NumPy reads, by the names under which transformers loads them."""
    found = [(file, tensor) for file, tensor in places(checkpoint) if tensor.dtype in EXPONENT]
    return {names_of.modern(tensor.name): (file, tensor) for file, tensor in found if names_of.is_parameter(tensor.name)}


def _bare(names: dict[str, Place], wanted: dict[str, Place]) -> dict[str, Place]:
    """`names` without their first component, of those whose rest is `wanted`; others stay as they are."""
    return {short: names[name] for name, short in names_of.without_prefix(names, wanted).items()}
