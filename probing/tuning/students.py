"""Students: a teacher's architecture with fewer layers, which begin as some of its own, or narrower, drawn anew. Imports torch at its top."""

from __future__ import annotations

import copy
import re
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModel

from probing.checkpoints.facts import HEADS, HIDDEN, LAYERS
from probing.checkpoints.weights import LAYER
from probing.errors import BadInput
from probing.tuning.kinds import KEY, QUERY, SCORED, kind_of

INNER = ("intermediate_size", "hidden_dim", "n_inner", "ffn_dim", "d_ff")  # what is between a block's two products


def layer_map(student: int, teacher: int) -> list[int]:
    """[N]: the teacher's layer for each student layer 1 to N: i·M/N, rounded half up. Every k-th where N divides M, the top one to the top.

    It is TinyBERT's uniform map; at half the layers the student's come from every second one, as in DistilBERT and PKD-skip.
    """
    return [(2 * i * teacher + student) // (2 * student) for i in range(1, student + 1)]


def shrunk(teacher: Any, layers: int, hidden: int | None, seed: int) -> Any:
    """An encoder of `layers`, `hidden` wide (None: as wide as the teacher, whose weights it then begins with).

    Raises BadInput for more layers than the teacher has, and a width that its heads do not divide.
    """
    config = copy.deepcopy(teacher.config)
    has = _size(config, LAYERS)
    if layers > has:
        raise BadInput(f"The student is to have {layers} layers, and its teacher has {has}: ask for at most that many.")
    _set(config, LAYERS, layers)
    wide = _size(config, HIDDEN)
    same = hidden in (None, wide)
    if hidden is not None and not same:
        heads = _size(config, HEADS)
        if hidden % heads:
            raise BadInput(f"--hidden is {hidden}, which {heads} heads do not divide: give a multiple of {heads}.")
        for name in INNER:
            if getattr(config, name, None):
                setattr(config, name, getattr(config, name) * hidden // wide)
        _set(config, HIDDEN, hidden)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        student = AutoModel.from_config(config, dtype=torch.float32, trust_remote_code=False)
    if getattr(teacher, "pooler", None) is None:
        student.pooler = None
    if same:
        _copy(teacher, student, layer_map(layers, has))
    return student.to(next(teacher.parameters()).device).eval().requires_grad_(False)


def _copy(teacher: Any, student: Any, chosen: list[int]) -> None:
    """The teacher's tensors by name; those of student layer i from the teacher's layer `chosen[i]`. Layers that share weights have one name."""
    has = teacher.state_dict()

    def source(name: str) -> str:
        found = LAYER.search(name)
        if found is None:
            return name
        begin, end = found.span(1)
        other = f"{name[:begin]}{chosen[int(found[1])] - 1}{name[end:]}"
        return other if other in has else name

    student.load_state_dict({name: has[source(name)] for name in student.state_dict()})


def _size(config: Any, names: tuple[str, ...]) -> int:
    for name in names:
        if value := getattr(config, name, None):
            return int(value)
    raise BadInput(f"The configuration of a {config.model_type} does not say its sizes ({names[1]}): take another teacher.")


def _set(config: Any, names: tuple[str, ...], value: int) -> None:
    setattr(config, next(name for name in names if getattr(config, name, None)), value)


class Scores:
    """Hears queries and keys of an encoder's layers, and makes attention scores before the softmax of them.

    Raises BadInput for an architecture whose scores are more than products of queries and keys.
    """

    def __init__(self, encoder: nn.Module) -> None:
        config: Any = encoder.config
        if config.model_type not in SCORED:
            raise BadInput(
                f"How a {config.model_type} comes to its attention scores is not known here: leave the term attention out of --loss."
            )
        self._heads = _size(config, HEADS)
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
