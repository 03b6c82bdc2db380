"""The parameters that two checkpoints have in common, by the headers of their files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probing.checkpoints.names import tensors as names_of
from probing.checkpoints.resolve import Checkpoint
from probing.checkpoints.weights import EXPONENT, Tensor, parameters, tensors, weight_files

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


def read_otherwise(checkpoint: Checkpoint) -> bool:
    """Whether earlier releases took some of a checkpoint's tensors for something else, so that their results differ."""
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
