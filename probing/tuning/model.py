"""An encoder with a head: its predictions for a batch, and their loss. Imports torch at its top.

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
from probing.checkpoints.foreign import foreign, shown
from probing.checkpoints.loading import top_of
from probing.checkpoints.names.configuration import HIDDEN, LAYERS
from probing.checkpoints.selfcheck import ALONE, PADDED, SelfCheck
from probing.checkpoints.tokenizer import Tokenizer
from probing.errors import BadInput
from probing.extraction.forward import Stream
from probing.tuning.batches import ExampleBatch
from probing.tuning.students import sized

DROPOUT = 0.1
POOLER, MEAN = "pooler", "mean"
BEGIN = 0.02  # standard deviation of a head's first weights


@dataclass(frozen=True)
class HeadOutput:
    """Of a batch: `sentence` logits [B, C], `word` logits [W, K] (None: not asked), `states` L+1 times [B, T, D]."""

    sentence: Tensor | None
    word: Tensor | None
    states: tuple[Tensor, ...]


class EncoderWithHead(nn.Module):
    """`encoder` as transformers gives it, a head for `classes` of sentences and `tags` of words (0: none), drawn from `seed`.

    `name` is the checkpoint's, for errors; `check` says how it is read: that of a student made of a teacher is the teacher's.
    """

    def __init__(self, name: str, encoder: Any, check: SelfCheck, classes: int, tags: int, seed: int) -> None:
        super().__init__()
        self.name, self.encoder, self.check = name, encoder, check
        self._stream = Stream(name, encoder, check, depth(encoder), width(encoder))
        self.dropout = nn.Dropout(DROPOUT)
        generator = torch.Generator().manual_seed(seed)
        self.sentence = _linear(width(encoder), classes, generator)
        self.word = _linear(width(encoder), tags, generator)

    @property
    def pooling(self) -> str:
        """How a sentence becomes a vector: by the encoder's pooler where it has one."""
        return POOLER if getattr(self.encoder, "pooler", None) is not None else MEAN

    @property
    def head(self) -> dict[str, nn.Parameter]:
        """The head's parameters by name."""
        parts = (("sentence", self.sentence), ("word", self.word))
        return {f"{part}.{name}": value for part, layer in parts if layer is not None for name, value in layer.named_parameters()}

    def head_facts(self) -> dict[str, Any]:
        """What a record says of the head."""
        return {"names": list(self.head), "parameters": sum(value.numel() for value in self.head.values())}

    def forward(self, batch: ExampleBatch) -> HeadOutput:
        """Where the model heeds no mask nothing is padded: sentences of one length go through it together, or each alone.

        Raises BadInput where the encoder's own code raises an error, or its states are not those of its layers.
        """
        lengths = batch.mask.sum(1)
        if self.check.company == PADDED:
            return self._head(batch, *self._pass(batch, slice(None), batch.mask.shape[1]))
        turns = [(lengths == length).nonzero()[:, 0] for length in lengths.unique()]
        if self.check.company == ALONE:
            turns = list(torch.arange(len(lengths), device=lengths.device).split(1))
        found = [self._pass(batch, rows, int(lengths[rows[0]])) for rows in turns]
        place = torch.cat(turns).argsort()
        wide = batch.mask.shape[1]
        tops, pooled, states = zip(*found, strict=True)
        return self._head(
            batch,
            torch.cat([_padded(top, wide) for top in tops])[place],
            torch.cat(pooled)[place] if pooled[0] is not None else None,
            tuple(torch.cat([_padded(part, wide) for part in layer])[place] for layer in zip(*states, strict=True)),
        )

    def _pass(self, batch: ExampleBatch, rows: Tensor | slice, length: int) -> tuple[Tensor, Tensor | None, tuple[Tensor, ...]]:
        """(top states, the pooler's vectors, states of all layers) of the first `length` tokens of these sentences."""
        config = self.encoder.config
        more: dict[str, Any] = {}
        if getattr(config, "type_vocab_size", 0) > 1:
            more["token_type_ids"] = batch.types[rows, :length]
        if getattr(config, "use_cache", False):
            more["use_cache"] = False  # nothing is generated
        ids, mask = batch.ids[rows, :length], batch.mask[rows, :length].long()
        first = 0 if isinstance(rows, slice) else int(rows[0])
        with foreign(
            f"{self.name} cannot read the sentence {shown(batch.forms[first])}: its model raised an error",
            "leave the sentence out, or take another checkpoint",
        ):
            output, states = self._stream(ids, mask, **more)
        own = top_of(output)
        top = own if own is not None and own.shape == states[-1].shape else states[-1]
        return top, output.pooler_output if self.pooling == POOLER else None, states

    def _head(self, batch: ExampleBatch, top: Tensor, pooled: Tensor | None, states: tuple[Tensor, ...]) -> HeadOutput:
        sentence = word = None
        if self.sentence is not None:
            sentence = self.sentence(self.dropout(mean(top, batch) if pooled is None else pooled))
        if self.word is not None:
            word = self.word(self.dropout(top.flatten(0, 1)[batch.first]))
        return HeadOutput(sentence, word, states)


def _padded(states: Tensor, length: int) -> Tensor:
    """[B, t, D] → [B, length, D], zeros behind."""
    return F.pad(states, (0, 0, 0, length - states.shape[1]))


def mean(states: Tensor, batch: ExampleBatch) -> Tensor:
    """[B, T, D] → [B, D] over the tokens of words, of both sentences of a pair."""
    mask = batch.text.unsqueeze(-1).to(states.dtype)
    return (states * mask).sum(1) / mask.sum(1).clamp(min=1)


def cross_entropy(said: HeadOutput, batch: ExampleBatch) -> Tensor:
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


def build(
    checkpoint: Checkpoint, classes: int, tags: int, seed: int, device: str, check: SelfCheck
) -> tuple[EncoderWithHead, Tokenizer]:
    """The checkpoint's encoder under a new head, in fp32 on `device`, and its tokenizer. Nothing of the encoder requires a gradient yet.

    Raises BadInput as `load` does, and for an encoder-decoder, of which only a half would be saved.
    """
    if read_config(checkpoint.folder).get("is_encoder_decoder"):
        raise BadInput(f"{checkpoint.name} is an encoder-decoder, and only encoders or decoders alone are tuned: take another.")
    encoder, tokenizer = load(checkpoint, device)
    return EncoderWithHead(checkpoint.name, encoder, check, classes, tags, seed).to(device), tokenizer


def width(encoder: Any) -> int:
    """D of a loaded encoder. Raises BadInput where its configuration does not say."""
    return sized(encoder.config, HIDDEN)


def depth(encoder: Any) -> int:
    """L of a loaded encoder. Raises BadInput where its configuration does not say."""
    return sized(encoder.config, LAYERS)


def _linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear | None:
    """A linear map with small random weights and no bias yet; None for no outputs."""
    if not outputs:
        return None
    layer = nn.Linear(inputs, outputs)
    with torch.no_grad():
        layer.weight.normal_(0, BEGIN, generator=generator)
        layer.bias.zero_()
    return layer
