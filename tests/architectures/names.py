"""Which architectures have a tiny instance, and why the others have none."""

from __future__ import annotations

from typing import Any

RELEASE = "5.24"  # of transformers, whose types these are

# Types of that release that read text, each with the sizes of configurations.py.
TYPES = """
afmoe albert apertus apertus1p5_text arcee aria_text axk1 axk2 bailing_hybrid bamba bart beam bert bert-generation big_bird
bigbird_pegasus biogpt bitnet blenderbot blenderbot-small bloom camembert clip_text_model codegen cohere cohere2 cohere2_moe
cohere_compass_text convbert cosmos3_edge_text cpmant ctrl cwm data2vec-text dbrx deberta deberta-v2 deepseek_v2 deepseek_v3
deepseek_v32 deepseek_v4 diffllama distilbert doge dory dots1 dots3_note_text dpr electra embedding_gemma2_text ernie
ernie4_5 ernie4_5_moe esm esmc eurobert exaone exaone4 exaone_moe falcon falcon_h1 falcon_mamba flaubert flex_olmo flint fnet
fsmt funnel gemma gemma2 gemma3_text gemma3n_text gemma4_text gemma4_unified_text glm glm4 glm4_moe glm4_moe_lite
glm4v_moe_text glm4v_text glm5_next_text glm_image_text glm_moe_dsa glm_ocr_text gpt-sw3 gpt2 gpt_bigcode gpt_neo gpt_neox
gpt_neox_japanese gpt_oss gptj granite granite_docling_text granite_swa granitemoe granitemoe_swa granitemoehybrid
granitemoeshared gte helium hrm_text hunyuan_v1_dense hunyuan_v1_moe hunyuan_vl_text hy_v3 hy_v4 hy_v4_vl_text hyperclovax
ibert inkling2_loop_text inkling2_text inkling_text internlm3 iquestcoder jais2 jamba jetmoe jina_embeddings_v3 kimi_linear
kolibri1 laguna lara_mini layoutlm layoutlmv3 led lfm2 lfm2_moe lfm3 lilt llama llama4_text longcat_flash longformer longt5
luke m2m_100 mamba mamba2 marian markuplm mbart megatron-bert mellum mimo_v2_flash minicpm3 minimax minimax_m2
minimax_m3_vl_text ministral ministral3 mistral mistral4 mistral_large4_text mixtral mobilebert modernbert modernbert-decoder
molmo2_text mpnet mpt mra mt5 muse_glimmer_text muse_spark_text mvp nanochat nemotron nemotron_h nllb-moe nomic_bert
nystromformer olmo olmo2 olmo3 olmo_hybrid olmoe openai-gpt openai_privacy_filter opt pegasus pegasus_x persimmon phi phi3
phimoe plbart prophetnet qwen2 qwen2_5_vl_text qwen2_moe qwen2_vl_text qwen3 qwen3_5_moe_text qwen3_5_text qwen3_moe
qwen3_next qwen3_vl_moe_text qwen3_vl_text qwen4_exp_text recurrent_gemma reformer rembert roberta roberta-prelayernorm
roc_bert roformer rwkv sam3_lite_text_text_model sarvam_mla sarvam_moe seed_oss smollm3 solar_open splinter squeezebert
stablelm starcoder2 switch_transformers t5 t5gemma tapas tipsv2_text_model ultrabert umt5 vaultgemma visual_bert xglm xlm
xlm-roberta xlm-roberta-xl xlnet xlstm xmod yoso youtu zamba zamba2 zaya
""".split()

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
            **{"relative_attention": True, "pos_att_type": ["c2p", "p2c"], "position_buckets": 8, "share_att_key": True},
            **{"norm_rel_ebd": "layer_norm", "conv_kernel_size": 3, "conv_act": "gelu", "position_biased_input": False},
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
        "blip blip-2 emu3 fuyu gemma3 gemma3n gemma4 gemma4_unified git got_ocr2 llama4 mllama modernvbert neomme".split(),
        _IMAGES,
    ),
    **dict.fromkeys("dots3_note lxmert phi4_multimodal qwen3_5 qwen3_5_moe qwen4_exp t5gemma2 ultravbert vilt".split(), _IMAGES),
    **dict.fromkeys(
        "audioflamingo3 glmasr granite_speech granite_speech_plus moshi moss_transcribe_diarize musicflamingo".split(), _SOUND
    ),
    **dict.fromkeys(
        "musicgen musicgen_melody nemo_speechlm omniasr qwen2_audio qwen3_asr seamless_m4t seamless_m4t_v2".split(), _SOUND
    ),
    **dict.fromkeys("vibevoice_asr voxtral voxtral_realtime whisper".split(), _SOUND),
    "blt": "reads bytes that a model of its own cuts into patches",
    "bros": "reads where words stand on a page: its pass needs their boxes",
    "canine": "reads characters, and has no tokenizer",
    "layoutlmv2": "needs detectron2",
    "perceiver": "reads bytes into latents of another length",
}
