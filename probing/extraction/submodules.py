"""What each block adds to the residual stream: hooks on the modules that the table of names knows. No torch at import.

What a block adds is taken as it stands just before the residual sum: the output of the attention's or the feed-forward's last
projection, or of the norm behind it where the architecture norms a block's output before it adds it (OLMo 2, Gemma 2).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from probing.checkpoints import Checkpoint
from probing.checkpoints.names import modules
from probing.errors import BadInput

if TYPE_CHECKING:
    import torch

LAYER, ATTENTION, MLP = "layer", "attention", "mlp"  # a layer's own output every model gives without a hook
SUBMODULES = (LAYER, ATTENTION, MLP)


def check(checkpoint: Checkpoint, submodule: str) -> None:
    """Raises BadInput where there is no such submodule, or where this architecture's is not known."""
    if submodule not in SUBMODULES:
        raise BadInput(f"Submodule {submodule!r} is unknown: choose one of {', '.join(SUBMODULES)}.")
    if submodule != LAYER and modules.added(checkpoint.facts.model_type, submodule == ATTENTION) is None:
        raise BadInput(
            f"{checkpoint.name} is of the type {checkpoint.facts.model_type}, and where its blocks add to the stream is not known "
            f"here: choose the submodule {LAYER}, or a checkpoint of another type."
        )


class Listener:
    """Hears what each block of a loaded model adds, one pass at a time. `submodule` is attention or mlp.

    Modules are heard in the order in which the pass calls them, so one that serves several layers (ALBERT) counts once a layer.
    Raises BadInput for an architecture whose places the table of names does not know.
    """

    def __init__(self, checkpoint: Checkpoint, model: Any, submodule: str) -> None:
        check(checkpoint, submodule)
        places = modules.added(checkpoint.facts.model_type, submodule == ATTENTION)
        assert places is not None, "checked above"
        self._pass = threading.local()  # several passes may be under way, each in its thread
        model.register_forward_pre_hook(self._begin)
        for name, module in model.named_modules():
            if places.fullmatch(name):
                module.register_forward_hook(self._hear)

    def take(self, embeddings: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """States of the pass just made: `embeddings` [B, T, D] as layer 0, then what each block added [B, T, D]."""
        heard: list[torch.Tensor] = self._pass.heard
        self._begin()
        # Some architectures (OPT) put the sentences of a batch one after another for the feed-forward.
        return (embeddings, *(added.reshape(*embeddings.shape[:2], -1) for added in heard))

    def _begin(self, *_call: Any) -> None:
        """Drop what a pass that failed left behind."""
        self._pass.heard = []

    def _hear(self, _module: Any, _inputs: Any, output: torch.Tensor) -> None:
        # A copy: some architectures add the residual into the very tensor.
        self._pass.heard.append(output.clone())
