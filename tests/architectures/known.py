"""What is refused, with the reason, and what is wrong today: a test fails where a mended architecture stands here, or one is missing."""

from __future__ import annotations

_LANES = "its stream has several lanes"
_SHORTER = "its middle layers hold fewer tokens than the sentence has"
# Layers and attention: refused in one sentence.
REFUSED: dict[str, str] = {
    **dict.fromkeys(("deepseek_v4", "gemma3n_text", "glm5_next_text", "hy_v4", "hy_v4_vl_text", "qwen4_exp_text"), _LANES),
    **dict.fromkeys(("funnel", "funnel, base"), _SHORTER),
    "dory": "its configuration counts its attention and its feed-forward parts as layers of their own",
    "dpr, of contexts": "transformers opens every DPR as an encoder of questions",
    "fsmt": "its encoder has no configuration of its own",
    "inkling2_loop_text": "it reads some of its layers several times",
    "pegasus_x": "its states are pairs: of tokens, and of global tokens",
    "reformer": "it draws at random which tokens attend to each other",
    "xmod, no language": "it cannot be read without a language, and names none",
}

_NOT_ALL = "not all of its layers have attention"
_SINK = "what goes to its sink is not shown"
_WINDOW = "it shows offsets in a window"
_SCORES = "it shows scores before the softmax"
# Attention alone: refused in one sentence, while layers are read.
NO_ATTENTION: dict[str, str] = {
    **dict.fromkeys(
        ("bailing_hybrid", "bamba", "falcon_mamba", "granitemoehybrid", "jamba", "kimi_linear", "lara_mini"), _NOT_ALL
    ),
    **dict.fromkeys(("lfm2", "lfm2_moe", "lfm3", "mamba", "mamba2", "minimax", "nemotron_h", "olmo_hybrid", "xlstm"), _NOT_ALL),
    **dict.fromkeys(("qwen3_5_moe_text", "qwen3_5_text", "qwen3_next", "recurrent_gemma", "rwkv", "zamba", "zamba2"), _NOT_ALL),
    **dict.fromkeys(("flint", "gpt_oss", "inkling2_text", "mimo_v2_flash", "openai_privacy_filter"), _SINK),
    **dict.fromkeys(("led", "longformer", "longt5", "longt5, global"), _WINDOW),
    **dict.fromkeys(("prophetnet", "squeezebert"), _SCORES),
    **dict.fromkeys(("falcon", "falcon, new decoder"), "it shows attention without its causal mask"),
    **dict.fromkeys(("mra", "yoso"), "it approximates attention"),
    "cpmant": "a share goes to the prompt that it puts before a sentence",
    "fnet": "it has none",
    "longcat_flash": "it attends twice a layer",
    "sam3_lite_text_text_model": "it gives none",
}

# Layers wrong today, or refused for a wrong reason.
KNOWN_WRONG: dict[str, str] = {}

# The self-check does not know their blocks; their layers are right.
UNKNOWN = {"cpmant", "hrm_text", "longformer", "squeezebert"}
