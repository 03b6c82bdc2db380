"""Checkpoints that earlier releases read wrongly: what was wrong, and the version that gives their corrected numbers new ids. Imports no torch.

The version enters the facts of collections, cells and pairs of these checkpoints only.
"""

from __future__ import annotations

from typing import Any

from probing.checkpoints.tokenizer_file import pre_tokenizers

VERSION = 1
LOW = "its layers stood one too low: what was called layer l was what block l + 1 gives"
PADS = "padding entered its vectors, so they depended on the sentences beside them"
BARE = "its top layer was read before the final norm"
SPLIT = "its words were split by a class of transformers and not by its own tokenizer.json"
MAPS = "what was read as its attention was something else"
BLOCKED = "its attention was sparse or full as the sentences before it decided"
BIASES = "biases of its convolutions, and those that stand in a module of more, did not train"
FRONT = "norms and maps before its first layer trained with the top layers, or its layers were not known"
LAYERS = "its layers were not known, so the student began as the lowest of them"

# By model type. Vectors first, then attention alone.
VECTORS: dict[str, str] = {
    **dict.fromkeys(("falcon_mamba", "mamba", "mamba2", "rwkv"), LOW),
    **dict.fromkeys(("convbert", "cpmant", "fnet", "mobilebert", "nystromformer", "yoso"), PADS),
    **dict.fromkeys(("clip_text_model", "higgs_audio_v2", "tipsv2_text_model"), BARE),
    **dict.fromkeys(("big_bird", "bigbird_pegasus"), BLOCKED),
}
ATTENTION: dict[str, str] = dict.fromkeys(
    (
        *("falcon", "flint", "gpt_oss", "inkling2_text", "led", "longformer", "mimo_v2_flash", "openai_privacy_filter"),
        *("prophetnet", "squeezebert"),
    ),
    MAPS,
)

# Trainings, by method and model type.
_BIASED = dict.fromkeys(
    (
        *("bailing_hybrid", "bamba", "canine", "convbert", "deberta", "falcon_h1", "falcon_mamba", "glm5_next_text"),
        *("gpt_neox_japanese", "gpt_oss", "granitemoehybrid", "ibert", "jamba", "jetmoe", "kimi_linear", "layoutlmv3", "mamba"),
        *("mamba2", "mistral_large4_text", "nemotron_h", "olmo_hybrid", "openai_privacy_filter", "qwen3_5_moe_text"),
        *("qwen3_5_text", "qwen3_next", "qwen4_exp_text", "recurrent_gemma", "squeezebert", "zamba", "zamba2", "zaya"),
    ),
    BIASES,
)
_FRONT = dict.fromkeys(
    (
        *("bloom", "bros", "canine", "cpmant", "dpr", "embedding_gemma2_text", "flaubert", "gemma3n_text", "inkling2_loop_text"),
        *("inkling2_text", "inkling_text", "layoutlmv3", "lilt", "luke", "mistral_large4_text", "rembert", "xlm"),
    ),
    FRONT,
)
TRAINED: dict[str, dict[str, str]] = {
    "bitfit": _BIASED,
    "random": _BIASED,
    "top": _FRONT,
    "distill": dict.fromkeys(("flaubert", "xlm"), LAYERS),
}

# Classes that transformers builds from the vocabulary alone, with the model and the pre-tokenizers that they get. It dropped others of the file.
Built = tuple[str, set[tuple[str, ...]]]
_WORD_PIECE: Built = ("WordPiece", {("BertPreTokenizer",)})
_BYTES: Built = ("BPE", {("ByteLevel",)})
_PIECES: Built = ("Unigram", {("Metaspace",)})
_SPLIT_BYTES: Built = ("BPE", {("Split", "ByteLevel")})
REBUILT: dict[str, Built] = {
    **dict.fromkeys(
        ("BertTokenizer", "ConvBertTokenizer", "DistilBertTokenizer", "FunnelTokenizer", "MPNetTokenizer"), _WORD_PIECE
    ),
    **dict.fromkeys(("DPRContextEncoderTokenizer", "DPRQuestionEncoderTokenizer", "DPRReaderTokenizer"), _WORD_PIECE),
    **dict.fromkeys(("LayoutLMv2Tokenizer", "SplinterTokenizer"), _WORD_PIECE),
    **dict.fromkeys(("BlenderbotTokenizer", "CodeGenTokenizer", "DebertaTokenizer", "GPT2Tokenizer", "GPTNeoXTokenizer"), _BYTES),
    **dict.fromkeys(("LayoutLMv3Tokenizer", "LukeTokenizer", "RobertaTokenizer", "WhisperTokenizer"), _BYTES),
    **dict.fromkeys(
        ("AlbertTokenizer", "BarthezTokenizer", "BigBirdTokenizer", "CamembertTokenizer", "DebertaV2Tokenizer"), _PIECES
    ),
    **dict.fromkeys(("FNetTokenizer", "MBart50Tokenizer", "MBartTokenizer", "MLukeTokenizer", "PegasusTokenizer"), _PIECES),
    **dict.fromkeys(("RemBertTokenizer", "T5Tokenizer", "UdopTokenizer", "XGLMTokenizer", "XLMRobertaTokenizer"), _PIECES),
    "XLNetTokenizer": _PIECES,
    **dict.fromkeys(("Qwen2Tokenizer", "Qwen3_5Tokenizer"), _SPLIT_BYTES),
    # A byte-level file under this class was always read as it is.
    "LlamaTokenizer": ("BPE", {(), ("Metaspace",), ("ByteLevel",), ("Split", "ByteLevel")}),
}
# Model types whose class was taken whatever tokenizer_config.json said.
FORCED = {"qwen2": "Qwen2Tokenizer", **dict.fromkeys(("qwen3_5", "qwen3_5_moe", "qwen3_5_moe_text"), "Qwen3_5Tokenizer")}
_WHOLE = ("Whitespace", "WhitespaceSplit")  # words are cut at spaces before they get here


def of_vectors(model_type: str, split: bool) -> str:
    """What was wrong with the vectors of a checkpoint; empty where nothing was. `split`: whether `split_otherwise` says so."""
    return VECTORS.get(model_type) or (SPLIT if split else "")


def of_attention(model_type: str) -> str:
    """What was wrong with what was read as its attention; empty where nothing was."""
    return ATTENTION.get(model_type, "")


def of_training(model_type: str, method: str, mend: str) -> str:
    """What was wrong with a training of this method (distill: a distillation of which it is the teacher); empty where nothing was.

    `mend` is what was wrong with the checkpoint's vectors.
    """
    return TRAINED.get(method, {}).get(model_type, "") or mend


def split_otherwise(content: dict[str, Any], settings: dict[str, Any], model_type: str) -> bool:
    """Whether transformers' class dropped steps of this tokenizer.json (`content`) that change how words are split.

    `settings` is tokenizer_config.json.
    """
    named = FORCED.get(model_type) or str(settings.get("tokenizer_class") or "").removesuffix("Fast")
    if named not in REBUILT:
        return False
    model, accepted = REBUILT[named]
    steps = tuple(kind for step in pre_tokenizers(content) if (kind := str(step.get("type"))) not in _WHOLE)
    own = (content.get("model") or {}).get("type", model)  # old files leave it out
    if own != model or steps not in accepted:
        return True
    if REBUILT[named] is not _WORD_PIECE:
        return False
    normalizer = content.get("normalizer") or {}
    wanted = (settings.get("do_lower_case", True), settings.get("strip_accents"))
    return normalizer.get("type") != "BertNormalizer" or (normalizer.get("lowercase"), normalizer.get("strip_accents")) != wanted
