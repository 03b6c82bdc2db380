"""An encoder with a head: what it says of a batch, and its loss. Imports torch at its top.

The head is one linear map after dropout, of a sentence's vector, of each word's first sub-word, or of both. A sentence's vector is what the
pooler makes of the first token where the checkpoint has a trained pooler, and the mean over its tokens, specials left out, where it has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from probing.checkpoints import Checkpoint, load
from probing.checkpoints.facts import read_config
from probing.checkpoints.names.configuration import HIDDEN
from probing.errors import BadInput
from probing.tuning.batches import Batch

DROPOUT = 0.1
POOLER, MEAN = "pooler", "mean"
BEGIN = 0.02  # standard deviation of a head's first weights


@dataclass(frozen=True)
class Said:
    """Of a batch: `sentence` logits [B, C], `word` logits [W, K] (None: not asked), `states` L+1 times [B, T, D]."""

    sentence: Tensor | None
    word: Tensor | None
    states: tuple[Tensor, ...]


class Tuned(nn.Module):
    """`encoder` as transformers gives it, a head for `classes` of sentences and `tags` of words (0: none), drawn from `seed`."""

    def __init__(self, encoder: Any, classes: int, tags: int, seed: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(DROPOUT)
        generator = torch.Generator().manual_seed(seed)
        self.sentence = _linear(width(encoder.config), classes, generator)
        self.word = _linear(width(encoder.config), tags, generator)

    @property
    def pooling(self) -> str:
        """How a sentence becomes a vector: by the encoder's pooler where it has one."""
        return POOLER if getattr(self.encoder, "pooler", None) is not None else MEAN

    @property
    def head(self) -> dict[str, nn.Parameter]:
        """The head's parameters by name."""
        parts = (("sentence", self.sentence), ("word", self.word))
        return {f"{part}.{name}": value for part, layer in parts if layer is not None for name, value in layer.named_parameters()}

    def forward(self, batch: Batch) -> Said:
        types = {"token_type_ids": batch.types} if getattr(self.encoder.config, "type_vocab_size", 0) > 1 else {}
        output = self.encoder(
            input_ids=batch.ids, attention_mask=batch.mask.long(), output_hidden_states=True, return_dict=True, **types
        )
        top = output.last_hidden_state
        sentence = word = None
        if self.sentence is not None:
            vector = output.pooler_output if self.pooling == POOLER else mean(top, batch)
            sentence = self.sentence(self.dropout(vector))
        if self.word is not None:
            word = self.word(self.dropout(top.flatten(0, 1)[batch.first]))
        return Said(sentence, word, output.hidden_states)


def mean(states: Tensor, batch: Batch) -> Tensor:
    """[B, T, D] → [B, D] over the tokens of words, of both sentences of a pair."""
    kept = batch.text.unsqueeze(-1).to(states.dtype)
    return (states * kept).sum(1) / kept.sum(1).clamp(min=1)


def cross_entropy(said: Said, batch: Batch) -> Tensor:
    """The task's loss in nats: the mean over sentences, plus the mean over words where both are asked; labels that no head knows left out."""
    parts = []
    if said.sentence is not None and batch.labels is not None:
        parts.append(_mean_loss(said.sentence, batch.labels))
    if said.word is not None and batch.tags is not None:
        parts.append(_mean_loss(said.word, batch.tags))
    return torch.stack(parts).sum()


def _mean_loss(logits: Tensor, labels: Tensor) -> Tensor:
    known = labels < logits.shape[1]
    return F.cross_entropy(logits[known], labels[known]) if known.any() else logits.sum() * 0.0


def build(checkpoint: Checkpoint, classes: int, tags: int, seed: int, device: str) -> tuple[Tuned, Any]:
    """The checkpoint's encoder under a new head, in fp32 on `device`, and its tokenizer. Nothing of the encoder requires a gradient yet.

    Raises BadInput as `load` does, and for an encoder-decoder, of which only a half would be saved.
    """
    if read_config(checkpoint.folder).get("is_encoder_decoder"):
        raise BadInput(f"{checkpoint.name} is an encoder-decoder, and only encoders or decoders alone are tuned: take another.")
    encoder, tokenizer = load(checkpoint, device)
    return Tuned(encoder, classes, tags, seed).to(device), tokenizer


def width(config: Any) -> int:
    """D, whatever the architecture calls it."""
    return next(int(getattr(config, name)) for name in HIDDEN if getattr(config, name, None))


def _linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear | None:
    """A linear map with small random weights and no bias yet; None for no outputs."""
    if not outputs:
        return None
    layer = nn.Linear(inputs, outputs)
    with torch.no_grad():
        layer.weight.normal_(0, BEGIN, generator=generator)
        layer.bias.zero_()
    return layer
