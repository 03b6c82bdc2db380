"""What makes an architecture tiny, as data: sizes by the name that a configuration gives them, and what single types need besides."""

from __future__ import annotations

from typing import Any

from tests.architectures.vocabularies import BOS, EOS, PAD, SIZE, UNKNOWN

LAYERS, HIDDEN, HEADS = 3, 16, 4

# Given to every configuration that has the name.
COMMON: dict[str, Any] = {
    **dict.fromkeys(("hidden_size", "d_model", "n_embd", "dim", "emb_dim", "embed_dim", "n_embed"), HIDDEN),
    **dict.fromkeys(("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers"), LAYERS),
    **dict.fromkeys(("num_encoder_layers", "num_decoder_layers"), LAYERS),
    **dict.fromkeys(("num_attention_heads", "n_head", "n_heads", "num_heads"), HEADS),
    **dict.fromkeys(("encoder_attention_heads", "decoder_attention_heads"), HEADS),
    **dict.fromkeys(("num_encoder_attention_heads", "num_decoder_attention_heads"), HEADS),
    **dict.fromkeys(("intermediate_size", "d_ff", "ffn_dim", "encoder_ffn_dim", "decoder_ffn_dim", "n_inner"), 32),
    **dict.fromkeys(("moe_intermediate_size", "shared_expert_intermediate_size", "hidden_dim", "ffn_hidden_size"), 32),
    **dict.fromkeys(("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"), 4),
    **dict.fromkeys(("num_experts_per_tok", "moe_k", "num_experts_per_token"), 2),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "max_sequence_length", "max_seq_len", "n_ctx"), 64),
    **dict.fromkeys(("q_lora_rank", "kv_lora_rank"), 8),
    **dict.fromkeys(("qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim", "head_dim", "d_kv", "attention_head_size"), 4),
    **dict.fromkeys(("state_size", "ssm_state_size", "mamba_d_state"), 8),
    **dict.fromkeys(("n_group", "topk_group", "n_shared_experts"), 1),
    "num_key_value_heads": 2,
    "embedding_size": 8,
    "sliding_window": 8,
    "vocab_size": SIZE,
    "pad_token_id": PAD,
    "bos_token_id": BOS,
    "eos_token_id": EOS,
    "decoder_start_token_id": BOS,
}

_LATENT = {"num_key_value_heads": HEADS}  # keys and values of a head each, from a narrow latent
_LATENT_LINEAR = {"linear_head_dim": 4, "linear_num_heads": HEADS, "num_expert_group": 1, "model_max_length": 64}
_DELTA = {"linear_key_head_dim": 4, "linear_value_head_dim": 4, "linear_num_key_heads": 2, "linear_num_value_heads": 4}
_LINEAR_THEN_FULL = ["linear_attention", "full_attention", "linear_attention"]
_SLIDING_THEN_FULL = ["sliding_attention", "full_attention", "sliding_attention"]
_WINDOWS = {"layer_types": _SLIDING_THEN_FULL}
_SSM = {"mamba_n_heads": 4, "mamba_d_head": 8, "mamba_chunk_size": 8}
_INDEXED = {"index_n_heads": 2, "index_head_dim": 8, "index_topk": 64}
_INKLING = {
    **dict.fromkeys(("swa_num_attention_heads",), HEADS),
    "swa_num_key_value_heads": 2,
    "swa_head_dim": 4,
    "sliding_window_size": 8,
    "d_rel": 4,
    "rel_extent": 64,
    "unpadded_vocab_size": SIZE,
    "layer_types": ["hybrid_sliding", "hybrid", "hybrid_sliding"],
}

_GEMMA = {
    "hidden_size": HIDDEN,
    "intermediate_size": 32,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "num_key_value_heads": 2,
    "head_dim": 4,
    "vocab_size": SIZE,
    "sliding_window": 8,
    "max_position_embeddings": 64,
}


def _rope(*sections: int) -> dict[str, Any]:
    """Rotary positions of time, height and width, which text counts alike."""
    return {"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": list(sections)}}


OVERRIDES: dict[str, dict[str, Any]] = {
    **dict.fromkeys(
        ("axk1", "axk2", "deepseek_v2", "deepseek_v3", "deepseek_v32", "glm4_moe_lite", "glm_moe_dsa", "minicpm3"), _LATENT
    ),
    **dict.fromkeys(("mistral4", "mistral_large4_text", "sarvam_mla", "youtu", "esmc"), _LATENT),
    **dict.fromkeys(
        ("afmoe", "cohere2", "cohere2_moe", "exaone4", "exaone_moe", "flint", "gemma3_text", "kolibri1", "olmo3"), _WINDOWS
    ),
    "bailing_hybrid": _LATENT | _LATENT_LINEAR | {"layer_types": _LINEAR_THEN_FULL, "first_k_dense_replace": 1},
    "bamba": _SSM | {"attn_layer_indices": [1]},
    "codegen": {"rotary_dim": 4},
    "cohere_compass_text": {"rope_parameters": {"full_attention": _rope(1, 1, 0)["rope_parameters"]}},
    "cosmos3_edge_text": _rope(1, 1, 0),
    "cpmant": {"dim_head": 4, "dim_ff": 32, "prompt_types": 4, "prompt_length": 4, "segment_types": 4},
    "ctrl": {"dff": 32},
    "deepseek_v4": {
        "head_dim": 8,
        "q_lora_rank": 8,
        "o_groups": 2,
        "o_lora_rank": 8,
        "num_key_value_heads": 1,
        "partial_rotary_factor": 0.5,
        "qk_rope_head_dim": 4,
        "sliding_window": 8,
    }
    | _INDEXED,
    "dory": {"n_input_layers": 1, "n_recurrent_layers": 1, "n_output_layers": 1},
    "dots3_note_text": _LATENT | _INDEXED | {"layer_types": ["indexed_attention"] * LAYERS, "per_layer_config": {}},
    "embedding_gemma2_text": {"hidden_size_per_layer_input": 8, "embedding_dim": 16, "per_layer_config": {}},
    "falcon": {"num_kv_heads": HEADS},
    "fsmt": {"src_vocab_size": SIZE, "tgt_vocab_size": SIZE},
    "funnel": {"block_sizes": [1, 1, 1], "d_head": 4, "d_inner": 32, "architectures": ["FunnelModel"]},
    "gemma3n_text": {
        "num_kv_shared_layers": 0,
        "hidden_size_per_layer_input": 8,
        "vocab_size_per_layer_input": SIZE,
        "laurel_rank": 4,
        "altup_num_inputs": 2,
        "layer_types": _SLIDING_THEN_FULL,
        "intermediate_size": 32,
        "activation_sparsity_pattern": None,
    },
    "gemma4_text": {"hidden_size_per_layer_input": 8, "vocab_size_per_layer_input": SIZE, "per_layer_config": {}},
    "gemma4_unified_text": {"per_layer_config": {}},
    **dict.fromkeys(("glm4v_text", "glm_image_text", "glm_ocr_text", "qwen2_vl_text", "qwen2_5_vl_text"), _rope(1, 1, 0)),
    "glm4v_moe_text": _rope(1, 0, 0),
    "gpt_neo": {"attention_types": [[["global", "local", "global"], 1]], "window_size": 8},
    "gptj": {"rotary_dim": 4},
    "granitemoehybrid": _SSM | {"layer_types": _LINEAR_THEN_FULL, "shared_intermediate_size": 16},
    "hunyuan_vl_text": _rope(1, 1, 0),
    "hy_v4_vl_text": _LATENT | _INDEXED | _rope(1, 1, 0),
    "inkling2_loop_text": _INKLING
    | {"loop_layer_index_start": 1, "loop_layer_index_end": 2, "loop_gate_rank": 4, "n_layers_per_attn_res_block": 1},
    "inkling2_text": _INKLING | {"n_layers_per_attn_res_block": 1},
    "inkling_text": _INKLING,
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1, "mamba_dt_rank": 4},
    "kimi_linear": _LATENT | _LATENT_LINEAR | {"layer_types": _LINEAR_THEN_FULL},
    "lara_mini": _DELTA | {"layer_types": ["linear_attention", "sliding_attention", "full_attention"]},
    "layoutlm": {"max_2d_position_embeddings": 16},
    "led": {"max_encoder_position_embeddings": 64, "max_decoder_position_embeddings": 64, "attention_window": 8},
    "lfm2_moe": {"layer_types": ["conv", "full_attention", "conv"], "num_dense_layers": 1},
    "lilt": {"hidden_size": 48, "max_2d_position_embeddings": 16},
    "longformer": {"attention_window": 8},
    "luke": {"entity_vocab_size": 10, "entity_emb_size": 8},
    "mamba2": {"num_heads": 4, "head_dim": 8, "n_groups": 2, "chunk_size": 8},
    "markuplm": {
        "max_xpath_tag_unit_embeddings": 20,
        "max_xpath_subs_unit_embeddings": 20,
        "tag_pad_id": 18,
        "subs_pad_id": 18,
        "max_depth": 4,
    },
    "minimax_m3_vl_text": {"dense_intermediate_size": 32, "shared_intermediate_size": 32, "rotary_dim": 4} | _INDEXED,
    "mobilebert": {"intra_bottleneck_size": 16},
    "muse_spark_text": {"moe_hidden_size": 32},
    "nemotron_h": {
        "layers_block_type": ["linear_attention", "moe", "full_attention"],
        "mamba_num_heads": 4,
        "mamba_head_dim": 8,
        "n_groups": 1,
        "chunk_size": 8,
        "moe_shared_expert_intermediate_size": 32,
    },
    "qwen3_5_moe_text": _DELTA | {"layer_types": _LINEAR_THEN_FULL},
    "qwen3_5_text": _DELTA | {"layer_types": _LINEAR_THEN_FULL},
    "qwen3_next": _DELTA | {"layer_types": _LINEAR_THEN_FULL},
    "qwen4_exp_text": _DELTA
    | {
        "layer_types": ["linear_attention", "indexed_attention", "linear_attention"],
        "hc_lowrank": 4,
        "ple_embed_dim": 8,
        "ngram_vocab_size_base": 20,
        "indexer_n_heads": 2,
        "indexer_kv_heads": 1,
        "indexer_head_dim": 4,
        "indexer_budget": 64,
        "indexer_compress_ratio": 4,
    },
    "reformer": {
        "attn_layers": ["local", "lsh", "local"],
        "axial_pos_shape": [8, 8],
        "axial_pos_embds_dim": [8, 8],
        "local_attn_chunk_length": 8,
        "lsh_attn_chunk_length": 8,
        "feed_forward_size": 32,
    },
    "rembert": {"input_embedding_size": 8, "output_embedding_size": 8},
    "roc_bert": {"pronunciation_vocab_size": 20, "shape_vocab_size": 20, "pronunciation_embed_dim": 8, "shape_embed_dim": 8},
    "squeezebert": {"embedding_size": HIDDEN},
    "xlnet": {"d_head": 4, "d_inner": 32},
    "xlstm": {"hidden_size": 128, "embedding_dim": 128, "num_blocks": LAYERS, "chunk_size": 8},
    "xmod": {"default_language": "en_XX"},
    "zamba": {
        "num_key_value_heads": HEADS,
        "attention_head_dim": 8,
        "mamba_dt_rank": 4,
        "layers_block_type": ["linear_attention", "hybrid", "hybrid"],
    },
    "zamba2": {
        "num_key_value_heads": HEADS,
        "layers_block_type": ["linear_attention", "hybrid", "hybrid"],
        "n_mamba_heads": 4,
        "mamba_headdim": 8,
        "chunk_size": 8,
        "adapter_rank": 4,
        "attention_head_dim": 8,
        "attention_hidden_size": 32,
    },
    "falcon_h1": _SSM | {"mamba_d_ssm": 32},
    "lfm2": {"layer_types": ["conv", "full_attention", "conv"]},
    "lfm3": {"layer_types": ["conv", "sliding_attention", "full_attention"]},
    "llama4_text": {"layer_types": ["chunked_attention", "full_attention", "chunked_attention"], "attention_chunk_size": 8},
    "longcat_flash": _LATENT | {"zero_expert_num": 2, "expert_ffn_hidden_size": 32, "moe_topk": 2},
    "glm5_next_text": _LATENT
    | _INDEXED
    | {
        "qk_rope_head_dim": 0,
        "head_dim": 0,
        "linear_head_dim": 4,
        "linear_num_heads": HEADS,
        "index_kpool": 4,
        "layer_types": ["linear_attention", "indexed_attention", "linear_attention"],
    },
    "dbrx": {
        "attn_config": {"kv_n_heads": 2, "clip_qkv": 8.0, "rope_theta": 10000.0},
        "ffn_config": {"ffn_hidden_size": 32, "moe_num_experts": 4, "moe_top_k": 2},
    },
    "esm": {"mask_token_id": UNKNOWN},
    "t5gemma": {"encoder": _GEMMA, "decoder": _GEMMA},
    "layoutlmv3": {"max_2d_position_embeddings": 16, "coordinate_size": 2, "shape_size": 4, "input_size": 32},
    "zaya": {"num_experts_per_tok": 1, "router_hidden_size": 8},
}
