"""Where the blocks of an architecture are, where its modules do not say it by themselves: tables of the reference."""

from __future__ import annotations

# What the first block begins with, and a pattern of what each block ends with. All others have one list of modules as long as they are deep.
PLACES: dict[str, tuple[str, str]] = {
    "albert": ("encoder.albert_layer_groups.0", r"encoder\.albert_layer_groups\.\d+"),
    "deberta-v2, relative": (
        "encoder.layer.0",
        r"encoder\.conv|encoder\.layer\.[12]",
    ),  # the convolution belongs to the first block
    "flaubert": ("attentions.0", r"layer_norm2\.\d+"),
    "funnel": ("encoder.blocks.0.0", r"encoder\.blocks\.\d+\.\d+"),
    "hrm_text": ("L_module.layers.0", r"[LH]_module\.layers\.\d+"),  # both stacks in turn, several times
    "squeezebert": ("encoder.layers.0.attention.query", r"encoder\.layers\.\d+\.output"),
    "xlm": ("attentions.0", r"layer_norm2\.\d+"),
}

# Their top is what the last block gives: the class returns no states, or narrower ones.
TOPS = {"dpr", "dpr, of contexts", "opt, narrow words"}

# Tokens that the model itself puts before a sentence.
LEADING = {"cpmant": 4}

# They attend in sparse blocks, and fully once they have read a short sentence: they are read with full attention.
CHANGING = {"big_bird, in blocks"}
