"""What is refused, and what is wrong today. Whoever mends an architecture takes it out of these tables: a test fails until then."""

from __future__ import annotations

# Layers: refused in one sentence, with the reason.
REFUSED: dict[str, str] = {
    "deepseek_v4": "its stream has several lanes",
    "dory": "says that it has more layers than it gives states",
    "dpr, of contexts": "transformers opens every DPR as an encoder of questions",
    "funnel": "its middle layers hold fewer tokens",
    "funnel, base": "its middle layers hold fewer tokens",
    "gemma3n_text": "its stream has several lanes",
    "glm5_next_text": "its stream has several lanes",
    "hy_v4": "its stream has several lanes",
    "hy_v4_vl_text": "its stream has several lanes",
    "inkling2_loop_text": "reads some layers several times",
    "qwen4_exp_text": "its stream has several lanes",
    "reformer": "its stream has two halves, and it fills sentences up to whole chunks",
}

_RECURRENT = "layers without attention among its own"
# Attention: refused in one sentence, with the reason; layers are read all the same.
NO_ATTENTION: dict[str, str] = {
    **dict.fromkeys(
        ["bailing_hybrid", "bamba", "granitemoehybrid", "jamba", "kimi_linear", "lara_mini", "lfm2", "lfm2_moe", "lfm3"],
        _RECURRENT,
    ),
    **dict.fromkeys(
        ["nemotron_h", "olmo_hybrid", "qwen3_5_moe_text", "qwen3_5_text", "qwen3_next", "recurrent_gemma"], _RECURRENT
    ),
    **dict.fromkeys(["rwkv", "zamba", "zamba2"], _RECURRENT),
    **dict.fromkeys(("big_bird", "big_bird, in blocks"), "cannot be asked for the attention of its blocks"),
    **dict.fromkeys(("longt5", "longt5, global"), "attends to windows and summaries"),
    **{
        name: REFUSED[name]
        for name in ("dory", "dpr, of contexts", "funnel", "glm5_next_text", "inkling2_loop_text", "qwen4_exp_text")
    },
    "fnet": "has no attention",
    "longcat_flash": "attends twice a layer",
    "mra": "approximates attention",
    "reformer": REFUSED["reformer"],
    "yoso": "approximates attention",
}

_LOW = "every layer but the top is one too low"
_PADS = "pads enter the vectors"
_UNNORMED = "the top is not normed"
_ENCODER = "an encoder saved by itself is taken for a whole model without its decoder"
_SINK = "a row is less than 1 by what goes to its sink"
# Wrong today.
WRONG_LAYERS: dict[str, str] = {
    **dict.fromkeys(["falcon_mamba", "mamba", "mamba2", "rwkv"], _LOW),
    **dict.fromkeys(["convbert", "cpmant", "fnet", "mobilebert", "nystromformer", "yoso"], _PADS),
    **dict.fromkeys(["clip_text_model", "tipsv2_text_model"], _UNNORMED),
    **dict.fromkeys(("mt5, its encoder", "t5, its encoder"), _ENCODER),
    **dict.fromkeys(("qwen2", "qwen3_5_moe_text"), "its class is believed over tokenizer.json"),
    "fsmt": "its encoder does not say where its embeddings are: a traceback",
    "opt, narrow words": "refused: its top is narrower than its layers",
    "pegasus_x": "its states are tuples: a traceback",
    "sam3_lite_text_text_model": "does not say where its embeddings are: a traceback",
    "t5gemma": "refused: its sizes stand in the configuration of its encoder",
    "xmod, no language": "cannot be read without a language: a traceback",
}
WRONG_ATTENTION: dict[str, str] = {
    **dict.fromkeys(["flint", "gpt_oss", "inkling2_text", "mimo_v2_flash", "openai_privacy_filter"], _SINK),
    **dict.fromkeys(["falcon_mamba", "mamba", "mamba2", "xlstm"], "has none: a traceback"),
    **dict.fromkeys(["convbert", "mobilebert", "nystromformer"], _PADS),
    **dict.fromkeys(("falcon", "falcon, new decoder"), "the causal mask is dropped"),
    **dict.fromkeys(["led", "longformer"], "columns are offsets in a window"),
    **dict.fromkeys(["prophetnet", "squeezebert"], "scores before the softmax"),
    **dict.fromkeys(["deepseek_v4", "hy_v4", "hy_v4_vl_text"], _SINK),
    "cpmant": "a row is less than 1 by what goes to the prompt that the model puts before a sentence",
    "funnel, base": "a traceback: its maps have several sizes",
    "minimax": "a traceback: some layers have none",
    **{name: WRONG_LAYERS[name] for name in ("fsmt", "mt5, its encoder", "pegasus_x", "qwen2", "sam3_lite_text_text_model")},
    **{name: WRONG_LAYERS[name] for name in ("t5, its encoder", "t5gemma", "xmod, no language")},
}
