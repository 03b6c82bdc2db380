"""Which module of an architecture adds what to the stream: a table, and the hooks that listen there. No torch at import.

What a block adds is taken as it stands just before the residual sum: the output of the attention's or the feed-forward's last
projection, or of the norm behind it where the architecture norms a block's output before it adds it (OLMo 2, Gemma 2).
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from probing.checkpoints import Checkpoint
from probing.errors import BadInput

if TYPE_CHECKING:
    import torch

SUBMODULES = ("layer", "attention", "mlp")
LAYER = "layer"  # a layer's own output, which every model gives without a hook

_BERT = ("encoder.layer.*.attention.output.dense", "encoder.layer.*.output.dense")
_LLAMA = ("layers.*.self_attn.o_proj", "layers.*.mlp.down_proj")
_NORMED = ("layers.*.post_attention_layernorm", "layers.*.post_feedforward_layernorm")
_NEOX = ("layers.*.attention.dense", "layers.*.mlp.dense_4h_to_h")
_BLOOM = ("h.*.self_attention.dense", "h.*.mlp.dense_4h_to_h")
_BART = ("layers.*.self_attn.out_proj", "layers.*.fc2")
_T5 = ("block.*.layer.0.SelfAttention.o", "block.*.layer.1.DenseReluDense.wo")

# model_type → (attention, mlp): names below the encoder that is loaded, whole, `*` for a number. Modules are heard in the order in which
# the forward pass calls them, so one that serves several layers (ALBERT) counts once a layer.
PLACES: dict[str, tuple[str, str]] = {
    "albert": (
        "encoder.albert_layer_groups.*.albert_layers.*.attention.dense",
        "encoder.albert_layer_groups.*.albert_layers.*.ffn_output",
    ),
    "bart": _BART,
    "bert": _BERT,
    "bloom": _BLOOM,
    "camembert": _BERT,
    "data2vec-text": _BERT,
    "deberta": _BERT,
    "deberta-v2": _BERT,
    "distilbert": ("transformer.layer.*.attention.out_lin", "transformer.layer.*.ffn.lin2"),
    "electra": _BERT,
    "ernie": _BERT,
    "falcon": _BLOOM,
    "gemma": _LLAMA,
    "gemma2": _NORMED,
    "gpt2": ("h.*.attn.c_proj", "h.*.mlp.c_proj"),
    "gpt_neo": ("h.*.attn.attention.out_proj", "h.*.mlp.c_proj"),
    "gpt_neox": _NEOX,
    "gptj": ("h.*.attn.out_proj", "h.*.mlp.fc_out"),
    "llama": _LLAMA,
    "marian": _BART,
    "mbart": _BART,
    "megatron-bert": _BERT,
    "mistral": _LLAMA,
    "modernbert": ("layers.*.attn.Wo", "layers.*.mlp.Wo"),
    "mpnet": ("encoder.layer.*.attention.attn.o", "encoder.layer.*.output.dense"),
    "mt5": _T5,
    "olmo": _LLAMA,
    "olmo2": _NORMED,
    "opt": ("decoder.layers.*.self_attn.out_proj", "decoder.layers.*.fc2"),
    "pegasus": _BART,
    "phi": ("layers.*.self_attn.dense", "layers.*.mlp.fc2"),
    "phi3": _LLAMA,
    "qwen2": _LLAMA,
    "qwen3": _LLAMA,
    "roberta": _BERT,
    "roberta-prelayernorm": _BERT,
    "smollm3": _LLAMA,
    "stablelm": _LLAMA,
    "t5": _T5,
    "xlm-roberta": _BERT,
    "xlm-roberta-xl": _BERT,
}


def check(checkpoint: Checkpoint, submodule: str) -> None:
    """Raises BadInput where there is no such submodule, or where this architecture's is not known."""
    if submodule not in SUBMODULES:
        raise BadInput(f"Submodule {submodule!r} is unknown: choose one of {', '.join(SUBMODULES)}.")
    if submodule != LAYER and checkpoint.facts.model_type not in PLACES:
        raise BadInput(
            f"{checkpoint.name} is of the type {checkpoint.facts.model_type}, and where its blocks add to the stream is not known "
            f"here: choose the submodule {LAYER}, or a checkpoint of another type."
        )


class Listener:
    """Hears what each block of a loaded model adds, one pass at a time. `submodule` is attention or mlp.

    Raises BadInput for an architecture without a place in the table.
    """

    def __init__(self, checkpoint: Checkpoint, model: Any, submodule: str) -> None:
        check(checkpoint, submodule)
        place = PLACES[checkpoint.facts.model_type][SUBMODULES.index(submodule) - 1]
        # Whole names: the end of one may be the end of another (BERT has two modules called output.dense in each layer).
        pattern = re.compile(re.escape(place).replace(r"\*", r"\d+"))
        self._pass = threading.local()  # several passes may be under way, each in its thread
        model.register_forward_pre_hook(self._begin)
        for name, module in model.named_modules():
            if pattern.fullmatch(name):
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
