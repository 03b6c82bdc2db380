"""Loaded models, of which the last few may stay in memory. Imports torch only to load one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from probing.checkpoints import Checkpoint, load
from probing.checkpoints.selfcheck import SelfCheck
from probing.checkpoints.tokenizer import Tokenizer

if TYPE_CHECKING:
    from probing.extraction.forward import Encoder


class Models:
    """Encoders and their tokenizers by what they compute. At most `most` stay, and older ones leave while all that stay have more than
    `parameters` parameters; the last one opened stays whatever its size. With `most` 0 nothing is kept.

    `loads` counts the models that were read from disk.
    """

    def __init__(self, most: int = 0, parameters: float = float("inf")) -> None:
        self.loads = 0
        self._most, self._parameters = most, parameters
        self._kept: dict[tuple[str, ...], tuple[Encoder, Tokenizer]] = {}  # the last one used stands last

    def open(
        self,
        checkpoint: Checkpoint,
        check: SelfCheck,
        pooling: str,
        precision: str,
        submodule: str,
        device: str,
        loading: Callable[[], None],
    ) -> tuple[Encoder, Tokenizer]:
        """(encoder, tokenizer), read as `check` says; `loading` is called before a model is read. Raises BadInput as `load` does."""
        key = (checkpoint.fingerprint, pooling, precision, submodule, device)
        found = self._kept.pop(key, None)
        if found is None:
            loading()
            self.loads += 1
            model, tokenizer = load(checkpoint, device, precision)
            from probing.extraction.forward import Encoder

            found = Encoder(checkpoint, model, check, pooling, device, submodule), tokenizer
        if self._most:
            self._kept[key] = found
            while len(self._kept) > 1 and (len(self._kept) > self._most or self._size() > self._parameters):
                del self._kept[next(iter(self._kept))]
        return found

    def _size(self) -> int:
        return sum(encoder.facts.parameters for encoder, _ in self._kept.values())
