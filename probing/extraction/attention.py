"""Attention of every head between words or tokens, streamed and never stored. Imports torch only when it reads.

From sub-words to words as in Clark, Khandelwal, Levy & Manning 2019, "What Does BERT Look At?", section 4: attention *to* a word is
the sum over its sub-words, attention *from* it their mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from probing import precision as arithmetic
from probing.checkpoints import Checkpoint, load
from probing.checkpoints.foreign import foreign
from probing.checkpoints.loading import vocabulary
from probing.checkpoints.trust import trusted
from probing.errors import BadInput
from probing.extraction import batches
from probing.extraction.tokens import Splitter, Tokens, padding

BYTES = 128 << 20  # of attention between sub-words, in fp32: a pass at most, and as much again of finished maps
HEADS = 12  # taken where a configuration does not say how many there are, to size a pass


class NoAttention(BadInput):
    """A model that gives no attention of its layers, in one sentence."""


def maps(
    checkpoint: Checkpoint,
    sentences: Sequence[Sequence[str]],
    store: Path | None,
    *,
    precision: str = "auto",
    device: str = "cpu",
    between: Literal["words", "tokens"] = "words",
) -> Iterator[np.ndarray]:
    """Attention inside each sentence (its word forms), in their order: fp32 [L, H, W, W] each.

    Entry [l-1, h, i, j] is the share of word i's attention that goes to word j in head h of layer l. Special tokens are left out,
    so a row sums to 1 less what goes to them; a word without a sub-word or beyond the model's length has zeros in row and column.
    Between `tokens` it is [L, H, T, T], of all that the model reads but pads: sub-words and special tokens, whose rows sum to 1.
    Of several devices the first is used.

    `store` keeps the checkpoint's self-check. Raises BadInput for what cannot be loaded, NoAttention for what gives no attention; the model
    is loaded at once, sentences are read as they are asked for.
    """
    device = arithmetic.devices(arithmetic.resolve_device(device))[0]
    check = trusted(checkpoint, store, device)
    if check.no_attention:
        raise NoAttention(check.no_attention)
    model, tokenizer = load(checkpoint, device, arithmetic.resolve(precision, device))
    model.set_attn_implementation("eager")  # the others never hold the weights that are asked for here
    tokens = Splitter(tokenizer.backend_tokenizer, checkpoint.facts.max_length).tokens(sentences, lambda _done, _total: None)
    pad = padding(tokenizer, tokens, vocabulary(model), checkpoint.name)
    words = [len(forms) for forms in sentences] if between == "words" else None
    return _read(checkpoint, model, check.company, tokens, words, pad)


def _read(
    checkpoint: Checkpoint, model: Any, company: str, tokens: Tokens, words: Sequence[int] | None, pad: int
) -> Iterator[np.ndarray]:
    pairs = BYTES // (4 * checkpoint.facts.layers * (checkpoint.facts.heads or HEADS))
    for begin, end in batches.shards(tokens.lengths**2, pairs):
        # Within a window of what may be held, sentences of like length go together; they leave it in their own order.
        order = begin + np.argsort(tokens.lengths[begin:end], kind="stable")
        budget = max(1, pairs // int(tokens.lengths[begin:end].max()))
        found: dict[int, np.ndarray] = {}
        while len(order):
            size = batches.batch_size(tokens.lengths[order], budget, company)
            with foreign(
                f"{checkpoint.name} cannot give the attention of a sentence: its model raised an error", "take another checkpoint"
            ):
                found.update(_pass(model, tokens, order[:size], words, pad))
            order = order[size:]
        for sentence in range(begin, end):
            yield found.pop(sentence)


def _pass(model: Any, tokens: Tokens, chosen: np.ndarray, words: Sequence[int] | None, pad: int) -> dict[int, np.ndarray]:
    """The maps of the chosen sentences [B], by their position: [L, H, W, W], or of tokens where `words` is None."""
    import torch

    batch = batches.assemble(tokens, chosen, pad)
    with torch.inference_mode():
        layers = model(
            input_ids=torch.from_numpy(batch.ids).to(model.device),
            attention_mask=torch.from_numpy(batch.mask.astype(np.int64)).to(model.device),
            output_attentions=True,
            return_dict=True,
        ).attentions
        found = {}
        for row, sentence in enumerate(chosen.tolist()):
            own = tokens.words[tokens.start[sentence] : tokens.start[sentence + 1]]
            weights = torch.stack([layer[row, :, : len(own), : len(own)] for layer in layers]).float()
            if words is None:
                found[sentence] = weights.cpu().numpy()
                continue
            # [W, T]: which sub-words each word has.
            has = torch.from_numpy(own == np.arange(words[sentence])[:, None]).to(model.device, torch.float32)
            mean = has / has.sum(1, keepdim=True).clamp(min=1)
            found[sentence] = (mean @ weights @ has.T).cpu().numpy()
    return found
