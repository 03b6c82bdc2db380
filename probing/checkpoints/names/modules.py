"""What each module of an architecture is: a table of whole names by model type; of other architectures what a module's class says.

Names are those below the encoder that is loaded, `*` for a number. They are matched whole: the end of one may be the end of
another (BERT has two modules called output.dense in each layer).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

QUERY, KEY, VALUE, FUSED = "query", "key", "value", "query_key_value"
ATTENTION_OUTPUT, INTERMEDIATE, OUTPUT = "attention_output", "intermediate", "output"
EMBEDDING, EMBEDDING_NORM, EMBEDDING_PROJECTION = "embedding", "embedding_norm", "embedding_projection"
ATTENTION_NORM, OUTPUT_NORM, FINAL_NORM, POOLER = "attention_norm", "output_norm", "final_norm", "pooler"
# Norms behind the attention's and the feed-forward's output, before it is added to the stream (OLMo 2, Gemma 2).
ATTENTION_ADDED, OUTPUT_ADDED = "attention_added_norm", "output_added_norm"
NORMS = (EMBEDDING_NORM, ATTENTION_NORM, OUTPUT_NORM, FINAL_NORM, ATTENTION_ADDED, OUTPUT_ADDED)
# Of architectures that are not in the table, whose modules' classes are all that is known.
LINEAR, NORM, OTHER = "linear", "norm", "other"
LINEAR_CLASSES = ("Linear", "Conv1D")  # transformers' Conv1D is a linear map with its weight the other way round

Table = dict[str, str]


KINDS = (QUERY, KEY, VALUE, ATTENTION_OUTPUT, ATTENTION_NORM, INTERMEDIATE, OUTPUT, OUTPUT_NORM)


def _block(layer: str, *names: str) -> Table:
    """Of an architecture's blocks, whose modules of KINDS are called by these names, in that order."""
    return {f"{layer}.{name}": kind for name, kind in zip(names, KINDS, strict=True)}


_BERT_EMBEDDINGS: Table = {
    "embeddings.word_embeddings": EMBEDDING,
    "embeddings.position_embeddings": EMBEDDING,
    "embeddings.token_type_embeddings": EMBEDDING,
    "embeddings.LayerNorm": EMBEDDING_NORM,
    "pooler.dense": POOLER,
}
_OUTER = ("attention.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm")
_SELF = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense")
_BERT: Table = _BERT_EMBEDDINGS | _block("encoder.layer.*", *_SELF, "attention.output.LayerNorm", *_OUTER[1:])
_LLAMA: Table = {
    "embed_tokens": EMBEDDING,
    "norm": FINAL_NORM,
    **_block(
        "layers.*",
        *("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "input_layernorm"),
        *("mlp.gate_proj", "mlp.down_proj", "post_attention_layernorm"),
    ),
    "layers.*.mlp.up_proj": INTERMEDIATE,
}


def _outputs(attention: str, mlp: str) -> Table:
    """Of an architecture of which no more is known than the last maps of its blocks."""
    return {attention: ATTENTION_OUTPUT, mlp: OUTPUT}


_BART = _outputs("layers.*.self_attn.out_proj", "layers.*.fc2")
_BERT_ENDS = _outputs("encoder.layer.*.attention.output.dense", "encoder.layer.*.output.dense")
_BLOOM = _outputs("h.*.self_attention.dense", "h.*.mlp.dense_4h_to_h")
_LLAMA_ENDS = _outputs("layers.*.self_attn.o_proj", "layers.*.mlp.down_proj")
_NORMED: Table = {"layers.*.post_attention_layernorm": ATTENTION_ADDED, "layers.*.post_feedforward_layernorm": OUTPUT_ADDED}
_T5 = _outputs("block.*.layer.0.SelfAttention.o", "block.*.layer.1.DenseReluDense.wo")

MODULES: dict[str, Table] = {
    "albert": {
        **{name: kind for name, kind in _BERT_EMBEDDINGS.items() if kind != POOLER},
        "encoder.embedding_hidden_mapping_in": EMBEDDING_PROJECTION,
        "pooler": POOLER,
        **_block(
            "encoder.albert_layer_groups.*.albert_layers.*",
            *("attention.query", "attention.key", "attention.value", "attention.dense", "attention.LayerNorm"),
            *("ffn", "ffn_output", "full_layer_layer_norm"),
        ),
    },
    "bart": _BART,
    "bert": _BERT,
    "bloom": _BLOOM,
    "camembert": _BERT,
    "data2vec-text": _BERT_ENDS,
    "deberta": _BERT_ENDS,
    "deberta-v2": _BERT_ENDS,
    "distilbert": {name: kind for name, kind in _BERT_EMBEDDINGS.items() if kind != POOLER}
    | _block(
        "transformer.layer.*",
        *("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm"),
        *("ffn.lin1", "ffn.lin2", "output_layer_norm"),
    ),
    "electra": _BERT | {"embeddings_project": EMBEDDING_PROJECTION},
    "ernie": _BERT,
    "falcon": _BLOOM,
    "gemma": _LLAMA_ENDS,
    "gemma2": _NORMED,
    "gpt2": {
        "wte": EMBEDDING,
        "wpe": EMBEDDING,
        "ln_f": FINAL_NORM,
        "h.*.ln_1": ATTENTION_NORM,
        "h.*.attn.c_attn": FUSED,
        "h.*.attn.c_proj": ATTENTION_OUTPUT,
        "h.*.ln_2": OUTPUT_NORM,
        "h.*.mlp.c_fc": INTERMEDIATE,
        "h.*.mlp.c_proj": OUTPUT,
    },
    "gpt_neo": _outputs("h.*.attn.attention.out_proj", "h.*.mlp.c_proj"),
    "gpt_neox": _outputs("layers.*.attention.dense", "layers.*.mlp.dense_4h_to_h"),
    "gptj": _outputs("h.*.attn.out_proj", "h.*.mlp.fc_out"),
    "llama": _LLAMA,
    "marian": _BART,
    "mbart": _BART,
    "megatron-bert": _BERT_ENDS,
    "mistral": _LLAMA,
    "modernbert": _outputs("layers.*.attn.Wo", "layers.*.mlp.Wo"),
    "mpnet": _BERT_EMBEDDINGS
    | {"encoder.relative_attention_bias": EMBEDDING}
    | _block("encoder.layer.*", *(f"attention.attn.{part}" for part in "qkvo"), *_OUTER),
    "mt5": _T5,
    "olmo": _LLAMA_ENDS,
    "olmo2": _NORMED,
    "opt": _outputs("decoder.layers.*.self_attn.out_proj", "decoder.layers.*.fc2"),
    "pegasus": _BART,
    "phi": _outputs("layers.*.self_attn.dense", "layers.*.mlp.fc2"),
    "phi3": _LLAMA_ENDS,
    "qwen2": _LLAMA,
    "qwen3": _LLAMA_ENDS,
    "roberta": _BERT,
    "roberta-prelayernorm": _BERT_ENDS,
    "smollm3": _LLAMA_ENDS,
    "stablelm": _LLAMA_ENDS,
    "t5": _T5,
    "xlm-roberta": _BERT,
    "xlm-roberta-xl": _BERT_ENDS,
}

# Architectures whose blocks are not one list of as many modules as there are layers.
BLOCKS = {"albert": "encoder.albert_layer_groups.*.albert_layers.*"}
# Where attention scores are plain products of queries and keys: no rotation, no relative positions, no products fused into one.
SCORED = ("albert", "bert", "camembert", "distilbert", "electra", "ernie", "roberta", "xlm-roberta")


def is_whole(model_type: str) -> bool:
    """Whether the table knows every module of the architecture that has parameters, and not its blocks' last maps alone."""
    return EMBEDDING in MODULES.get(model_type, {}).values()


def kind_of(model_type: str, module: str) -> str | None:
    """What the module of that name is; None where the table does not say."""
    return next((kind for pattern, kind in _patterns(model_type) if pattern.fullmatch(module)), None)


def kind_by_class(name: str, module: Any) -> str:
    """What a loaded module is by its class and its own name, where the table does not know its architecture."""
    if name.split(".")[0] == POOLER:
        return POOLER
    classes = [one.__name__ for one in type(module).__mro__]
    if "Embedding" in classes:
        return EMBEDDING
    if any(one in LINEAR_CLASSES for one in classes):
        return LINEAR
    return NORM if "norm" in classes[0].lower() else OTHER


def added(model_type: str, attention: bool) -> re.Pattern[str] | None:
    """Names of the modules whose output is what the attention (or the feed-forward) of each block adds to the stream; None: not known."""
    wanted = (ATTENTION_ADDED, ATTENTION_OUTPUT) if attention else (OUTPUT_ADDED, OUTPUT)
    for kind in wanted:
        if found := [name for name, own in MODULES.get(model_type, {}).items() if own == kind]:
            return _pattern(found[0])
    return None


def blocks_of(model_type: str) -> re.Pattern[str] | None:
    """Names of the modules that are blocks, where they are not one list of as many modules as there are layers; None where they are."""
    return _pattern(BLOCKS[model_type]) if model_type in BLOCKS else None


@lru_cache(maxsize=64)
def _patterns(model_type: str) -> list[tuple[re.Pattern[str], str]]:
    return [(_pattern(name), kind) for name, kind in MODULES.get(model_type, {}).items()]


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name).replace(r"\*", r"\d+"))
