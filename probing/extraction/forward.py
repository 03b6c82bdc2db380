"""One pass through a frozen model: every layer's states, pooled to words and sentences on the device.

This module and pooling.py import torch at their top: nobody imports them before something has to be encoded.

On a CPU in bf16 each new shape of a product costs the preparation of a kernel, which takes longer than the product. Every batch has a number of
rows of its own, and so would every product of every layer: products are cut in few shapes.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from probing.checkpoints import Checkpoint
from probing.checkpoints.blocks import Blocks
from probing.checkpoints.loading import top_of, vocabulary
from probing.checkpoints.selfcheck import BLOCKS, SelfCheck
from probing.errors import BadInput
from probing.extraction.batches import TokenBatch
from probing.extraction.pooling import Pooling
from probing.extraction.submodules import LAYER, Listener

ROWS = 512  # of a product: enough to be near the fastest, and few enough that the piece stays in a core's cache
STEP = 64  # the last piece has a multiple of it


@dataclass(frozen=True)
class Pooled:
    """States of a batch on their way to the CPU: [L+1, W+B, D] float32, words first, then sentences."""

    batch: TokenBatch
    states: torch.Tensor
    ready: Any  # a CUDA event, or None where there is nothing to wait for

    def numpy(self) -> np.ndarray:
        if self.ready is not None:
            self.ready.synchronize()
        return self.states.numpy()


class Stream:
    """The layers of a forward pass: runs and trainings both take a model's states from here.

    A model of `layers` blocks, `hidden` wide, whose states are read as its self-check says. `name` is for errors."""

    def __init__(self, name: str, model: Any, check: SelfCheck, layers: int, hidden: int) -> None:
        self.name, self.check, self.layers, self.hidden = name, check, layers, hidden
        self._model = model
        self._blocks = Blocks(model, layers) if check.states == BLOCKS else None

    def __call__(self, ids: torch.Tensor, mask: torch.Tensor, **more: Any) -> tuple[Any, tuple[torch.Tensor, ...]]:
        """(output, L+1 states [B, T, D]) of ids and mask [B, T], int64. What the model's own code raises is not caught here.

        Raises BadInput where the states are not the L+1 layers of width D that the configuration promises.
        """
        asked = {"output_hidden_states": self._blocks is None, "return_dict": True}
        output = self._model(input_ids=ids, attention_mask=mask, **asked, **more)
        shape = (*ids.shape, self.hidden)
        found = output.hidden_states if self._blocks is None else self._blocks.take().stream(top_of(output), shape)
        return output, self.checked(found or (), shape)

    def checked(self, states: Sequence[torch.Tensor], shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
        """The states as they are. Raises BadInput where they are not L+1 of that shape."""
        if len(states) != self.layers + 1 or any(tuple(layer.shape) != shape for layer in states):
            raise BadInput(
                f"{self.name} gives {len(states)} states{f' of width {states[-1].shape[-1]}' if states else ''}, and its configuration "
                f"promises {self.layers + 1} of width {self.hidden}: it cannot be probed layer by layer."
            )
        return tuple(states)


class Encoder:
    """A frozen model that turns batches into pooled states, read as its self-check says. `pooling` is mean, first, last or max."""

    def __init__(
        self, checkpoint: Checkpoint, model: Any, check: SelfCheck, pooling: str, device: str, submodule: str = LAYER
    ) -> None:
        self.name, self.facts = checkpoint.name, checkpoint.facts
        self._model, self._pooling, self.device = model, pooling, torch.device(device)
        _spare(model)
        if self.device.type == "cpu" and next(model.parameters(), torch.empty(0)).dtype == torch.bfloat16:
            in_few_shapes(model)
        self.company = check.company
        self._stream = Stream(self.name, model, check, self.facts.layers, self.facts.hidden)
        self._listener = None if submodule == LAYER else Listener(checkpoint, model, submodule)

    @property
    def vocabulary(self) -> int:
        """Ids that the model has an embedding for."""
        return vocabulary(self._model)

    @torch.inference_mode()
    def __call__(self, batch: TokenBatch) -> Pooled:
        """Start the pass; on a GPU it goes on while the caller does something else, until `numpy()` is asked for.

        Raises BadInput where the model's states are not the L+1 layers of width D that its configuration promises.
        """
        _, layers = self._stream(self._on_device(batch.ids), self._on_device(batch.mask.astype(np.int64)))
        if self._listener is not None:
            layers = self._stream.checked(self._listener.take(layers[0]), tuple(layers[0].shape))
        pool = Pooling(batch, self._pooling, self.device)
        states = torch.empty((len(layers), len(batch.row) + len(batch.ids), self.facts.hidden), device=self.device)
        for layer, pooled in zip(layers, states, strict=True):
            pool(layer, pooled)
        if self.device.type != "cuda":
            return Pooled(batch, states, None)
        with torch.cuda.device(self.device):  # or each process would take memory of the first GPU too
            pinned = torch.empty(states.shape, dtype=states.dtype, pin_memory=True)
            pinned.copy_(states, non_blocking=True)
            ready = torch.cuda.Event()
            ready.record()
        return Pooled(batch, pinned, ready)

    def _on_device(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array).to(self.device)


def _spare(model: Any) -> None:
    """Leave out of every pass what only others need: the pooler, where the class knows how to do without, and the cache of decoders."""
    if "add_pooling_layer" in inspect.signature(type(model).__init__).parameters:
        model.pooler = None
    if getattr(getattr(model, "config", None), "use_cache", False):
        model.config.use_cache = False


def in_few_shapes(model: torch.nn.Module) -> None:
    """Have every linear layer of a frozen model multiply ROWS rows at a time. Its values stay as they were."""
    for module in model.modules():
        if type(module) is torch.nn.Linear:
            module.forward = partial(_product, module)  # type: ignore[method-assign]


def pieces(rows: int) -> list[tuple[int, int]]:
    """Ranges (begin, end) that cover `rows`: whole pieces, and a last one that reaches back to a multiple of STEP."""
    cut = []
    for begin in range(0, rows, ROWS):
        end = min(begin + ROWS, rows)
        size = -(-(end - begin) // STEP) * STEP
        cut.append((max(0, end - size), end))
    return cut


def _product(layer: torch.nn.Linear, x: torch.Tensor) -> torch.Tensor:
    """x [..., K] → [..., N]. Rows that two pieces share are computed twice, to the same values."""
    flat, weight = x.flatten(0, -2), layer.weight.t()
    out = x.new_empty(len(flat), layer.out_features)
    for begin, end in pieces(len(flat)):
        if layer.bias is None:
            torch.mm(flat[begin:end], weight, out=out[begin:end])
        else:
            torch.addmm(layer.bias, flat[begin:end], weight, out=out[begin:end])
    return out.view(*x.shape[:-1], layer.out_features)
