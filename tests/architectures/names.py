"""Which architectures have a tiny instance, and why the others have none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

RELEASE = "5.24"  # of transformers, whose types these are

# Types of that release that read text, each with the sizes of configurations.py.
TYPES = (Path(__file__).parent / "types.txt").read_text(encoding="utf-8").split()

# The same types as people save them otherwise: name → (type, class that saves it, further sizes).
VARIANTS: dict[str, tuple[str, str | None, dict[str, Any]]] = {
    "albert, no layer shared": ("albert", None, {"num_hidden_groups": 3}),
    "bart, with its head": ("bart", "BartForConditionalGeneration", {}),
    "bert, a decoder": ("bert", None, {"is_decoder": True}),
    "bert, with its head": ("bert", "BertForMaskedLM", {}),
    "big_bird, in blocks": ("big_bird", None, {"attention_type": "block_sparse", "block_size": 4, "num_random_blocks": 1}),
    "deberta, relative": (
        "deberta",
        None,
        {"relative_attention": True, "pos_att_type": ["c2p", "p2c"], "max_relative_positions": 16},
    ),
    "deberta-v2, relative": (
        "deberta-v2",
        None,
        {
            "relative_attention": True,
            "pos_att_type": ["c2p", "p2c"],
            "position_buckets": 8,
            "share_att_key": True,
            "norm_rel_ebd": "layer_norm",
            "conv_kernel_size": 3,
            "conv_act": "gelu",
            "position_biased_input": False,
        },
    ),
    "dpr, of contexts": ("dpr", "DPRContextEncoder", {}),
    "esm, rotary": ("esm", None, {"position_embedding_type": "rotary", "token_dropout": True}),
    "falcon, alibi": ("falcon", None, {"alibi": True}),
    "falcon, new decoder": ("falcon", None, {"new_decoder_architecture": True, "num_kv_heads": 2}),
    "funnel, base": ("funnel", "FunnelBaseModel", {"architectures": ["FunnelBaseModel"]}),
    "gpt2, with its head": ("gpt2", "GPT2LMHeadModel", {}),
    "gpt_bigcode, a key a head": ("gpt_bigcode", None, {"multi_query": False}),
    "llama, with its head": ("llama", "LlamaForCausalLM", {}),
    "longt5, global": ("longt5", None, {"encoder_attention_type": "transient-global", "global_block_size": 4}),
    "mt5, its encoder": ("mt5", "MT5EncoderModel", {}),
    "opt, narrow words": ("opt", None, {"word_embed_proj_dim": 8, "do_layer_norm_before": False}),
    "stablelm, parallel": ("stablelm", None, {"use_parallel_residual": True}),
    "t5, its encoder": ("t5", "T5EncoderModel", {}),
    "umt5, its encoder": ("umt5", "UMT5EncoderModel", {}),
    "xlm, causal": ("xlm", None, {"causal": True}),
    "xmod, no language": ("xmod", None, {"default_language": None}),
}

NAMES = sorted([*TYPES, *VARIANTS])

_IMAGES = "reads images beside text"
_SOUND = "reads sound"
# Types for which transformers has a class with a head on text, and that have no tiny instance here.
UNMADE: dict[str, str] = {
    **dict.fromkeys(
        [
            "blip",
            "blip-2",
            "emu3",
            "fuyu",
            "gemma3",
            "gemma3n",
            "gemma4",
            "gemma4_unified",
            "git",
            "got_ocr2",
            "llama4",
            "mllama",
            "modernvbert",
            "neomme",
        ],
        _IMAGES,
    ),
    **dict.fromkeys(
        ["dots3_note", "lxmert", "phi4_multimodal", "qwen3_5", "qwen3_5_moe", "qwen4_exp", "t5gemma2", "ultravbert", "vilt"],
        _IMAGES,
    ),
    **dict.fromkeys(
        [
            "audioflamingo3",
            "glmasr",
            "granite_speech",
            "granite_speech_plus",
            "moshi",
            "moss_transcribe_diarize",
            "musicflamingo",
        ],
        _SOUND,
    ),
    **dict.fromkeys(
        [
            "musicgen",
            "musicgen_melody",
            "nemo_speechlm",
            "omniasr",
            "qwen2_audio",
            "qwen3_asr",
            "seamless_m4t",
            "seamless_m4t_v2",
        ],
        _SOUND,
    ),
    **dict.fromkeys(["vibevoice_asr", "voxtral", "voxtral_realtime", "whisper"], _SOUND),
    "blt": "reads bytes that a model of its own cuts into patches",
    "bros": "reads where words stand on a page: its pass needs their boxes",
    "canine": "reads characters, and has no tokenizer",
    "layoutlmv2": "needs detectron2",
    "perceiver": "reads bytes into latents of another length",
}
