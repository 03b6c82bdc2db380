"""What each module of an architecture is: a table of whole names by model type. Imports no torch.

Names are those below the encoder that is loaded, `*` for a number. They are matched whole: the end of one may be the end of
another (BERT has two modules called output.dense in each layer).
"""

from __future__ import annotations

import re
from functools import lru_cache

QUERY, KEY, VALUE, FUSED = "query", "key", "value", "query_key_value"
ATTENTION_OUTPUT, INTERMEDIATE, OUTPUT = "attention_output", "intermediate", "output"
EMBEDDING, EMBEDDING_NORM, EMBEDDING_PROJECTION = "embedding", "embedding_norm", "embedding_projection"
ATTENTION_NORM, OUTPUT_NORM, FINAL_NORM, POOLER = "attention_norm", "output_norm", "final_norm", "pooler"
NORMS = (EMBEDDING_NORM, ATTENTION_NORM, OUTPUT_NORM, FINAL_NORM)
LINEAR, NORM, OTHER = (
    "linear",
    "norm",
    "other",
)  # of architectures that are not in the table, whose modules' classes are all that is known

Table = dict[str, str]


def _block(layer: str, names: Table) -> Table:
    return {f"{layer}.{name}": kind for name, kind in names.items()}


_BERT_EMBEDDINGS: Table = {
    "embeddings.word_embeddings": EMBEDDING,
    "embeddings.position_embeddings": EMBEDDING,
    "embeddings.token_type_embeddings": EMBEDDING,
    "embeddings.LayerNorm": EMBEDDING_NORM,
    "pooler.dense": POOLER,
}
_BERT_OUTPUTS: Table = {
    "attention.output.dense": ATTENTION_OUTPUT,
    "attention.output.LayerNorm": ATTENTION_NORM,
    "intermediate.dense": INTERMEDIATE,
    "output.dense": OUTPUT,
    "output.LayerNorm": OUTPUT_NORM,
}
_SELF: Table = {"attention.self.query": QUERY, "attention.self.key": KEY, "attention.self.value": VALUE}
_BERT: Table = _BERT_EMBEDDINGS | _block("encoder.layer.*", _SELF | _BERT_OUTPUTS)
_LLAMA: Table = {"embed_tokens": EMBEDDING, "norm": FINAL_NORM} | _block(
    "layers.*",
    {
        "self_attn.q_proj": QUERY,
        "self_attn.k_proj": KEY,
        "self_attn.v_proj": VALUE,
        "self_attn.o_proj": ATTENTION_OUTPUT,
        "mlp.gate_proj": INTERMEDIATE,
        "mlp.up_proj": INTERMEDIATE,
        "mlp.down_proj": OUTPUT,
        "input_layernorm": ATTENTION_NORM,
        "post_attention_layernorm": OUTPUT_NORM,
    },
)

KINDS: dict[str, Table] = {
    "albert": {
        **{name: kind for name, kind in _BERT_EMBEDDINGS.items() if kind != POOLER},
        "encoder.embedding_hidden_mapping_in": EMBEDDING_PROJECTION,
        "pooler": POOLER,
        **_block(
            "encoder.albert_layer_groups.*.albert_layers.*",
            {
                "attention.query": QUERY,
                "attention.key": KEY,
                "attention.value": VALUE,
                "attention.dense": ATTENTION_OUTPUT,
                "attention.LayerNorm": ATTENTION_NORM,
                "ffn": INTERMEDIATE,
                "ffn_output": OUTPUT,
                "full_layer_layer_norm": OUTPUT_NORM,
            },
        ),
    },
    "bert": _BERT,
    "camembert": _BERT,
    "distilbert": {name: kind for name, kind in _BERT_EMBEDDINGS.items() if kind != POOLER}
    | _block(
        "transformer.layer.*",
        {
            "attention.q_lin": QUERY,
            "attention.k_lin": KEY,
            "attention.v_lin": VALUE,
            "attention.out_lin": ATTENTION_OUTPUT,
            "sa_layer_norm": ATTENTION_NORM,
            "ffn.lin1": INTERMEDIATE,
            "ffn.lin2": OUTPUT,
            "output_layer_norm": OUTPUT_NORM,
        },
    ),
    "electra": _BERT | {"embeddings_project": EMBEDDING_PROJECTION},
    "ernie": _BERT,
    "gpt2": {"wte": EMBEDDING, "wpe": EMBEDDING, "ln_f": FINAL_NORM}
    | _block(
        "h.*",
        {
            "ln_1": ATTENTION_NORM,
            "attn.c_attn": FUSED,
            "attn.c_proj": ATTENTION_OUTPUT,
            "ln_2": OUTPUT_NORM,
            "mlp.c_fc": INTERMEDIATE,
            "mlp.c_proj": OUTPUT,
        },
    ),
    "llama": _LLAMA,
    "mistral": _LLAMA,
    "mpnet": _BERT_EMBEDDINGS
    | {"encoder.relative_attention_bias": EMBEDDING}
    | _block(
        "encoder.layer.*",
        {
            "attention.attn.q": QUERY,
            "attention.attn.k": KEY,
            "attention.attn.v": VALUE,
            "attention.attn.o": ATTENTION_OUTPUT,
            "attention.LayerNorm": ATTENTION_NORM,
            "intermediate.dense": INTERMEDIATE,
            "output.dense": OUTPUT,
            "output.LayerNorm": OUTPUT_NORM,
        },
    ),
    "qwen2": _LLAMA,
    "roberta": _BERT,
    "xlm-roberta": _BERT,
}

# Where attention scores are plain products of queries and keys: no rotation, no relative positions, no products fused into one.
SCORED = ("albert", "bert", "camembert", "distilbert", "electra", "ernie", "roberta", "xlm-roberta")


def kind_of(model_type: str, module: str) -> str | None:
    """What the module of that name is; None where the table does not say."""
    return next((kind for pattern, kind in _patterns(model_type) if pattern.fullmatch(module)), None)


@lru_cache(maxsize=32)
def _patterns(model_type: str) -> list[tuple[re.Pattern[str], str]]:
    table = KINDS.get(model_type, {})
    return [(re.compile(re.escape(name).replace(r"\*", r"\d+")), kind) for name, kind in table.items()]
