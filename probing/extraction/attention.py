"""Who attends to whom: attention of every head between words or tokens, streamed and never stored. Imports torch only when it reads.

From sub-words to words as in Clark, Khandelwal, Levy & Manning 2019, "What Does BERT Look At?", section 4: attention *to* a word is
the sum over its sub-words, attention *from* it their mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from probing import precision as arithmetic
from probing.checkpoints import Checkpoint, load
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

    Raises BadInput for what cannot be loaded, NoAttention for what gives no attention; the model is loaded at once, sentences are
    read as they are asked for.
    """
    device = arithmetic.devices(arithmetic.resolve_device(device))[0]
    model, tokenizer = load(checkpoint, device, arithmetic.resolve(precision, device))
    try:
        model.set_attn_implementation("eager")  # the others never hold the weights that are asked for here
    except ValueError as error:
        raise NoAttention(_refused(checkpoint)) from error
    tokens = Splitter(tokenizer.backend_tokenizer, checkpoint.facts.max_length).tokens(sentences, lambda _done, _total: None)
    pad = padding(tokenizer, tokens, int(model.get_input_embeddings().weight.shape[0]), checkpoint.name)
    words = [len(forms) for forms in sentences] if between == "words" else None
    return _read(checkpoint, model, tokens, words, pad)


def _refused(checkpoint: Checkpoint) -> str:
    return (
        f"{checkpoint.name} ({checkpoint.facts.model_type}) does not give the attention of its {checkpoint.facts.layers} "
        "layers: choose a checkpoint of another type."
    )


def _read(checkpoint: Checkpoint, model: Any, tokens: Tokens, words: Sequence[int] | None, pad: int) -> Iterator[np.ndarray]:
    pairs = BYTES // (4 * checkpoint.facts.layers * (checkpoint.facts.heads or HEADS))
    for begin, end in batches.shards(tokens.lengths**2, pairs):
        # Within a window of what may be held, sentences of like length go together; they leave it in their own order.
        order = begin + np.argsort(tokens.lengths[begin:end], kind="stable")
        budget = max(1, pairs // int(tokens.lengths[begin:end].max()))
        found: dict[int, np.ndarray] = {}
        while len(order):
            size = batches.batch_size(tokens.lengths[order], budget)
            found.update(_pass(checkpoint, model, tokens, order[:size], words, pad))
            order = order[size:]
        for sentence in range(begin, end):
            yield found.pop(sentence)


def _pass(
    checkpoint: Checkpoint, model: Any, tokens: Tokens, chosen: np.ndarray, words: Sequence[int] | None, pad: int
) -> dict[int, np.ndarray]:
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
        if layers is None or len(layers) != checkpoint.facts.layers or any(layer is None or layer.ndim != 4 for layer in layers):
            raise NoAttention(_refused(checkpoint))
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
