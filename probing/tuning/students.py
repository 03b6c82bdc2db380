"""Students: a teacher's architecture with fewer layers, which begin as some of its own, or narrower, drawn anew. Imports torch at its top."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import Tensor, nn

from probing.checkpoints.foreign import foreign, quiet
from probing.checkpoints.names.configuration import HEADS, HIDDEN, INNER, LAYERS, cut, size, uncut
from probing.checkpoints.names.modules import KEY, QUERY, SCORED, kind_of
from probing.checkpoints.names.tensors import HEAD, places
from probing.errors import BadInput


def layer_map(student: int, teacher: int) -> list[int]:
    """[N]: the teacher's layer for each student layer 1 to N: i·M/N, rounded half up. Every k-th where N divides M, the top one to the top.

    It is TinyBERT's uniform map; at half the layers the student's come from every second one, as in DistilBERT and PKD-skip.
    """
    return [(2 * i * teacher + student) // (2 * student) for i in range(1, student + 1)]


def shrunk(teacher: Any, layers: int, hidden: int | None, seed: int) -> Any:
    """An encoder of `layers`, `hidden` wide (None: as wide as the teacher, whose weights it then begins with).

    Raises BadInput for more layers than the teacher has, a width that its heads do not divide, and an architecture whose layers are not alike
    where the student's cannot be what those of the teacher are that they begin as.
    """
    config = teacher.config
    has, wide = sized(config, LAYERS), sized(config, HIDDEN)
    if layers > has:
        raise BadInput(f"The student is to have {layers} layers, and its teacher has {has}: ask for at most that many.")
    chosen = layer_map(layers, has)
    changes = _named(config, LAYERS, layers) | cut(config.to_dict(), has, chosen) if layers < has else {}
    same = hidden in (None, wide)
    if hidden is not None and not same:
        changes |= _narrower(config, wide, hidden)
    student = _made(teacher, changes, chosen, seed)
    if getattr(teacher, "pooler", None) is None:
        student.pooler = None
    if same:
        _copy(teacher, student, chosen)
    return student.to(next(teacher.parameters()).device).eval().requires_grad_(False)


def _narrower(config: Any, wide: int, hidden: int) -> dict[str, Any]:
    """The sizes of an encoder `hidden` wide in place of `wide`."""
    heads = sized(config, HEADS)
    if hidden % heads:
        raise BadInput(f"--hidden is {hidden}, which {heads} heads do not divide: give a multiple of {heads}.")
    inner = {name: value * hidden // wide for name in INNER if isinstance(value := getattr(config, name, None), int) and value}
    return _named(config, HIDDEN, hidden) | {config.attribute_map.get(name, name): value for name, value in inner.items()}


def _made(teacher: Any, changes: dict[str, Any], chosen: list[int], seed: int) -> Any:
    """A model of the teacher's class with these changes of its configuration, and random weights. Raises BadInput where there can be none."""
    config = teacher.config
    with foreign(f"A {config.model_type} of {len(chosen)} layers cannot be made", _whole(config)):
        changed = type(config).from_dict(config.to_dict() | changes)
        with torch.random.fork_rng(devices=[]), quiet():
            torch.manual_seed(seed)
            student = type(teacher)(changed)
    if name := uncut(config, student.config, chosen):
        raise _unlike(config, f"{name} goes by a layer's number")
    return student


def _copy(teacher: Any, student: Any, chosen: list[int]) -> None:
    """The teacher's tensors by name; those of student layer i from the teacher's layer `chosen[i - 1]`.

    What only the first layers have (a norm behind the embeddings) comes from the layer of the same number.
    """
    has, wanted = teacher.state_dict(), student.state_dict()
    theirs, own = places(has), places(wanted)
    layer = _sources(chosen, *(max((one.layer for one in some.values()), default=0) for some in (own, theirs)))
    named = {(place.pattern, place.layer): name for name, place in theirs.items()}
    found = {}
    for name, place in own.items():
        other = named.get((place.pattern, layer.get(place.layer, place.layer)), name)
        if HEAD.search(name):
            found[name] = wanted[name]  # it may have a part for each layer
            continue
        if other not in has or has[other].shape != wanted[name].shape:
            raise _unlike(teacher.config, f"{name} " + ("is not in all of them" if place.layer > 0 else "has a part for each"))
        found[name] = has[other]
    student.load_state_dict(found)


def _sources(chosen: list[int], own: int, theirs: int) -> dict[int, int]:
    """Student layer → teacher layer, as tensors name them. Where layers share weights, names count groups of them: a group of the student's is
    the teacher's that its first layer begins as."""
    layers, has = len(chosen), chosen[-1]
    found: dict[int, int] = {}
    for i, m in enumerate(chosen):
        found.setdefault(i * own // layers + 1, (m - 1) * theirs // has + 1)
    return found


def _unlike(config: Any, why: str) -> BadInput:
    return BadInput(f"The layers of this {config.model_type} cannot stand in for each other, since {why}: {_whole(config)}.")


def _whole(config: Any) -> str:
    return f"ask for all {sized(config, LAYERS)} layers, or give a --student"


def sized(config: Any, names: tuple[str, ...]) -> int:
    """The size of those names. Raises BadInput where the configuration has none."""
    if (value := size(config, names)) is None:
        raise BadInput(f"The configuration of a {config.model_type} does not say its sizes ({names[1]}): take another teacher.")
    return value


def _named(config: Any, names: tuple[str, ...], value: int) -> dict[str, Any]:
    """A size under the name that the architecture's own configuration has for it."""
    name = next(name for name in names if size(config, (name,)))
    return {config.attribute_map.get(name, name): value}


class AttentionScores:
    """Hears queries and keys of an encoder's layers, and makes attention scores before the softmax of them.

    Raises BadInput for an architecture whose scores are more than products of queries and keys.
    """

    def __init__(self, encoder: nn.Module) -> None:
        config: Any = encoder.config
        if config.model_type not in SCORED:
            raise BadInput(
                f"How a {config.model_type} comes to its attention scores is not known here: leave the term attention out of --loss."
            )
        self._heads = sized(config, HEADS)
        self._heard: dict[str, list[Tensor]] = {QUERY: [], KEY: []}
        for name, module in encoder.named_modules():
            kind = kind_of(config.model_type, name)
            if kind in self._heard and re.search(r"\d", name):
                module.register_forward_hook(self._hear(kind))

    def take(self) -> list[Tensor]:
        """Of the pass just made: L times [B, H, T, T], as the softmax is given them but for the mask."""
        queries, keys = ([self._split(one) for one in self._heard[kind]] for kind in (QUERY, KEY))
        self.forget()
        return [q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 for q, k in zip(queries, keys, strict=True)]

    def forget(self) -> None:
        """Drop what passes left that nobody asked about."""
        for heard in self._heard.values():
            heard.clear()

    def _split(self, states: Tensor) -> Tensor:
        return states.unflatten(-1, (self._heads, -1)).transpose(1, 2)

    def _hear(self, kind: str) -> Any:
        def hear(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
            self._heard[kind].append(output)

        return hear
