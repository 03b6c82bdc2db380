"""What a configuration calls its sizes, and which of its entries belong to one layer each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# The same fact has other names in other architectures; the first that is there counts.
LAYERS = ("encoder_layers", "num_hidden_layers", "n_layer", "n_layers", "num_layers")
HIDDEN = ("hidden_size", "d_model", "n_embd", "dim", "emb_dim", "n_embed")
HEADS = ("encoder_attention_heads", "num_attention_heads", "n_head", "n_heads", "num_heads")
INNER = ("intermediate_size", "hidden_dim", "n_inner", "ffn_dim", "d_ff")  # between a block's two products

# Lists with one entry for each layer, some of them derived from others.
ENTRIES = {
    *("layer_types", "mlp_layer_types", "indexer_types", "layers_block_type", "layers_num_experts", "kv_sharing_modes"),
    *("attention_layers", "attn_layers", "attention_window", "no_rope_layers", "layer_rope_theta", "activation_sparsity_pattern"),
    *("intermediate_size", "num_attention_heads", "num_key_value_heads", "sliding_window", "head_dim"),
    *("num_attention_heads_per_layer", "num_key_value_heads_per_layer"),
}
# Lists of the numbers, from 0, of those layers that are special.
NUMBERS = {
    *("full_attn_idxs", "moe_layers", "mlp_only_layers", "rope_scaling_layers", "hybrid_layer_ids", "attn_layer_indices"),
    *("fullatt_block_indexes", "global_attn_indexes"),
}
REPEATED = {"block_types"}  # lists that are read again and again until all layers have an entry
RUNS = {"attention_types"}  # GPT-Neo's: [[types], how often] one after another
# Lists in whose name a layer or the like is mentioned, and which have no entry for each.
OTHER_LISTS = {
    *("block_sizes", "block_repeats", "mtp_layers_block_type", "deepstack_visual_indexes", "time_step_limit", "head_types"),
}
TELLING = ("layer", "block", "attention", "attn", "head", "window", "pattern", "types")


def size(config: Any, names: Sequence[str]) -> int | None:
    """The first size of those names that a configuration has, as an object or a mapping; None where it has none."""
    for name in names:
        value = config.get(name) if isinstance(config, Mapping) else getattr(config, name, None)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None


def cut(values: Mapping[str, Any], layers: int, chosen: Sequence[int]) -> dict[str, Any]:
    """The entries of `layers` layers that change where layer i is to be what layer `chosen[i - 1]` was; layers count from 1."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if not isinstance(value, list | tuple):
            continue
        if name in NUMBERS:
            found[name] = [i for i, layer in enumerate(chosen) if layer - 1 in value]
        elif name in RUNS:
            every = [kind for kinds, times in value for _ in range(times) for kind in kinds]
            found[name] = [[[every[layer - 1] for layer in chosen], 1]]
        elif name in REPEATED and value:
            found[name] = [value[(layer - 1) % len(value)] for layer in chosen]
        elif name in ENTRIES and len(value) == layers:
            found[name] = [value[layer - 1] for layer in chosen]
    return found


def uncut(teacher: Any, student: Any, chosen: Sequence[int]) -> str | None:
    """The name of an entry by layer, also a derived one, in which layer i of `student` is not what layer `chosen[i - 1]` of `teacher` is.

    It is one that goes by the layer's number (every third one is special), or a list that the tables do not know. None: all fit.
    """
    layers = size(teacher, LAYERS)
    unknown = [
        name
        for name, value in teacher.to_dict().items()
        if any(word in name for word in TELLING) and name not in NUMBERS | REPEATED | RUNS | OTHER_LISTS | ENTRIES
    ]
    for name in (*sorted(ENTRIES), *unknown):
        value, other = getattr(teacher, name, None), getattr(student, name, None)
        if not isinstance(value, list | tuple) or len(value) != layers:
            continue
        if not isinstance(other, list | tuple) or list(other) != [value[layer - 1] for layer in chosen]:
            return name
    return None
