"""The layers of a forward pass: runs and trainings both take a model's states from here. Imports torch inside functions only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from probing.checkpoints.blocks import Blocks
from probing.checkpoints.loading import top_of
from probing.checkpoints.selfcheck import BLOCKS, SelfCheck
from probing.errors import BadInput

if TYPE_CHECKING:
    import torch


class Stream:
    """A model of `layers` blocks, `hidden` wide, whose states are read as its self-check says. `name` is for errors."""

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
