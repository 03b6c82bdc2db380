"""Hooks on the blocks of a model, and the layers that they record: layer 0 is the input of the first block, layer l that of block l + 1. No torch
at import."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from probing.checkpoints.names.modules import blocks_of

if TYPE_CHECKING:
    import torch

    Shape = tuple[int, int, int]
    Choose = Callable[[Sequence[torch.Tensor], Shape], torch.Tensor | None]


def find(model: Any, layers: int) -> list[Any]:
    """The modules that are blocks 1 to L, or fewer where one serves several layers; empty where they are not known.

    Modules are heard in the order of their calls, so one that serves several layers counts once a layer.
    """
    if pattern := blocks_of(str(model.config.model_type)):
        return [module for name, module in model.named_modules() if pattern.fullmatch(name)]
    lists = [(name.count("."), module) for name, module in model.named_modules() if type(module).__name__ == "ModuleList"]
    return next((list(module) for _, module in sorted(lists, key=lambda one: one[0]) if len(module) == layers), [])


@dataclass
class Heard:
    """What each call of a block was given and what it returned: tensors in order."""

    entering: list[list[torch.Tensor]] = field(default_factory=list)
    leaving: list[list[torch.Tensor]] = field(default_factory=list)

    def stream(self, top: torch.Tensor | None, shape: Shape, choose: Choose | None = None) -> list[torch.Tensor] | None:
        """Layers 0 to L [B, T, D]: what entered each block, and as the top the model's last states where they have that shape (behind its final
        norm), else what the last block gave. None where some have another shape. `choose` picks a call's tensor: by default `of_shape`."""
        pick = choose or of_shape
        last = top if top is not None and tuple(top.shape) == shape else pick(self.leaving[-1], shape) if self.leaving else None
        found = [*(pick(inputs, shape) for inputs in self.entering), last]
        known = [layer for layer in found if layer is not None]
        return known if self.entering and len(known) == len(found) else None

    def chained(self, shape: Shape) -> bool:
        """Whether each block was given what the one before returned: then the modules heard are the model's blocks."""
        pairs = zip(self.leaving[:-1], self.entering[1:], strict=True)
        return all(
            (one := of_shape(left, shape)) is not None
            and (other := of_shape(entered, shape)) is not None
            and bool((one == other).all())
            for left, entered in pairs
        )


class Blocks:
    """Hears the stream at the blocks of a model, one pass at a time in each thread."""

    def __init__(self, model: Any, layers: int) -> None:
        self._pass = threading.local()
        self._handles = [model.register_forward_pre_hook(self._begin)]
        for block in find(model, layers):
            self._handles.append(block.register_forward_pre_hook(self._enter, with_kwargs=True))
            self._handles.append(block.register_forward_hook(self._leave))

    def take(self) -> Heard:
        """What the blocks said in the pass just made."""
        heard: Heard = self._pass.heard
        self._begin()
        return heard

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()

    def _begin(self, *_call: Any) -> None:
        """Drop what a pass that failed left behind."""
        self._pass.heard = Heard()

    def _enter(self, _module: Any, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        # Copies: some architectures add to the very tensor.
        self._pass.heard.entering.append([tensor.clone() for tensor in _tensors((inputs, named.get("hidden_states")))])

    def _leave(self, _module: Any, _inputs: Any, output: Any) -> None:
        self._pass.heard.leaving.append([tensor.clone() for tensor in _tensors(output)])


def of_shape(heard: Sequence[torch.Tensor], shape: Shape) -> torch.Tensor | None:
    """The first tensor [B, T, D] among those heard. None where there is none."""
    return next((tensor for tensor in heard if tuple(tensor.shape) == shape), None)


def turned(heard: Sequence[torch.Tensor], shape: Shape) -> torch.Tensor | None:
    """The same, also where the model keeps it as [T, B, D], [B, D, T] or [B·T, D]: only for shapes whose B, T and D differ."""
    batch, tokens, hidden = shape
    for tensor in heard:
        size = tuple(tensor.shape)
        if size == shape:
            return tensor
        if size == (tokens, batch, hidden):
            return tensor.transpose(0, 1)
        if size == (batch, hidden, tokens):
            return tensor.transpose(1, 2)
        if size == (batch * tokens, hidden):
            return tensor.reshape(shape)
    return None


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    """Every floating-point tensor with two or three dimensions, in order, whatever holds it."""
    if hasattr(value, "is_floating_point"):
        if value.is_floating_point() and value.ndim in (2, 3):
            yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _tensors(one)
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _tensors(one)
