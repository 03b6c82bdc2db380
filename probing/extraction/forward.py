"""One pass through a frozen model: every layer's states, pooled to words and sentences on the device.

The only module of this room that imports torch at its top: nobody imports it before something has to be encoded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from probing.checkpoints import Checkpoint
from probing.errors import BadInput
from probing.extraction.batches import Batch


@dataclass(frozen=True)
class Pooled:
    """States of a batch on their way to the CPU: [L+1, W+B, D] float32, words first, then sentences."""

    batch: Batch
    states: torch.Tensor
    ready: Any  # a CUDA event, or None where there is nothing to wait for

    def numpy(self) -> np.ndarray:
        if self.ready is not None:
            self.ready.synchronize()
        return self.states.numpy()


class Encoder:
    """A frozen model that turns batches into pooled states. `pooling` is mean, first, last or max."""

    def __init__(self, checkpoint: Checkpoint, model: Any, pooling: str, device: str) -> None:
        self.name, self.facts = checkpoint.name, checkpoint.facts
        self._model, self._pooling, self._device = model, pooling, torch.device(device)

    @property
    def vocabulary(self) -> int:
        """Ids that the model has an embedding for."""
        return int(self._model.get_input_embeddings().weight.shape[0])

    @torch.inference_mode()
    def __call__(self, batch: Batch) -> Pooled:
        """Start the pass; on a GPU it goes on while the caller does something else, until `numpy()` is asked for.

        Raises BadInput where the model's states are not the L+1 layers of width D that its configuration promises.
        """
        output = self._model(
            input_ids=self._on_device(batch.ids),
            attention_mask=self._on_device(batch.mask.astype(np.int64)),
            output_hidden_states=True,
            return_dict=True,
        )
        layers = output.hidden_states
        shape = (*batch.ids.shape, self.facts.hidden)
        if len(layers) != self.facts.layers + 1 or any(tuple(layer.shape) != shape for layer in layers):
            raise BadInput(
                f"{self.name} gives {len(layers)} states of width {layers[-1].shape[-1]}, and its configuration "
                f"promises {self.facts.layers + 1} of width {self.facts.hidden}: it cannot be probed layer by layer."
            )
        words, sentences = self._words(batch), self._sentences(batch)
        found = len(batch.row)
        states = torch.empty((len(layers), found + len(batch.ids), self.facts.hidden), device=self._device)
        for layer, pooled in zip(layers, states, strict=True):
            pooled[:found] = words(layer)
            pooled[found:] = sentences(layer)
        if self._device.type != "cuda":
            return Pooled(batch, states, None)
        pinned = torch.empty(states.shape, dtype=states.dtype, pin_memory=True)
        pinned.copy_(states, non_blocking=True)
        ready = torch.cuda.Event()
        ready.record()
        return Pooled(batch, pinned, ready)

    def _on_device(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device)

    def _words(self, batch: Batch) -> Callable[[torch.Tensor], torch.Tensor]:
        """states [B, T, D] → words [W, D]. Sub-words are added in order: no atomics, the same sum always."""
        if self._pooling in ("first", "last"):
            chosen = self._on_device(batch.first if self._pooling == "first" else batch.first + batch.count - 1)
            return lambda states: states.flatten(0, 1)[chosen]
        first = self._on_device(batch.first)
        later = []
        for step in range(1, int(batch.count.max(initial=1))):
            longer = np.flatnonzero(batch.count > step)
            later.append((self._on_device(longer), self._on_device(batch.first[longer] + step)))
        count = self._on_device(batch.count)[:, None]

        def pool(states: torch.Tensor) -> torch.Tensor:
            flat = states.flatten(0, 1)
            words = flat[first].float()
            for longer, position in later:
                more = flat[position].float()
                words[longer] = torch.maximum(words[longer], more) if self._pooling == "max" else words[longer] + more
            return words if self._pooling == "max" else words.div_(count)

        return pool

    def _sentences(self, batch: Batch) -> Callable[[torch.Tensor], torch.Tensor]:
        """states [B, T, D] → sentences [B, D]; zeros where a sentence has no sub-word of a word."""
        if self._pooling == "first":
            head = self._on_device(batch.head)
            return lambda states: states.flatten(0, 1)[head]
        some = self._on_device((batch.tail >= 0)[:, None])
        if self._pooling == "last":
            tail = self._on_device(np.maximum(batch.tail, 0))
            return lambda states: states.flatten(0, 1)[tail] * some
        content = self._on_device(batch.content)
        if self._pooling == "max":
            lowest = torch.finfo(torch.bfloat16).min
            return lambda states: states.masked_fill(~content[..., None], lowest).amax(1) * some
        weight = (content.float() / content.sum(1, keepdim=True).clamp(min=1))[:, None]
        return lambda states: torch.bmm(weight, states.float())[:, 0]
