"""The learning rate of each method where none is named, and why it is that one. All are Adam's, after warm-up, falling to zero."""

from __future__ import annotations

from typing import NamedTuple

# Measured on dev of SNIPS (512 train sentences, 100 steps of 16, minilm-l6, one seed): intent accuracy and slot F1.

# Of every head in every method: it begins at random and is the same in all, so that methods differ in the encoder alone. A head alone comes
# to .45 and .36 at 1e-3, and to .73 and .46 at 5e-3: a lower rate would measure the head and not the method.
HEAD = 5e-3


class Rate(NamedTuple):
    """A rate of the encoder's parameters, and the reason for it."""

    value: float
    reason: str


RATES: dict[str, Rate] = {
    "full": Rate(
        3e-4, "on SNIPS dev .98 and .69, where 1e-4 under a slower head gave .86 and .48; larger models want 1e-5 to 5e-5"
    ),
    "bitfit": Rate(3e-3, "on SNIPS dev .88 and .54, where 1e-3 gave .82 and .52; the paper takes 1e-4 to 1e-3 over more steps"),
    "layernorm": Rate(3e-3, "that of BitFit; on SNIPS dev .87 and .56"),
    "head": Rate(2e-2, "on SNIPS dev .84 and .49, where 5e-3 gave .73 and .46, and 1e-3 .45 and .36"),
    "lora": Rate(2e-3, "the only one tried; on SNIPS dev .88 and .58"),
    "random": Rate(3e-3, "that of BitFit, so that only which values train differs; on SNIPS dev .79 and .48"),
    "top": Rate(3e-4, "that of full fine-tuning, of which it trains a part"),
    "tree": Rate(3e-4, "that of full fine-tuning, so that only the tree loss differs"),
    "distill": Rate(3e-4, "that of full fine-tuning: every parameter of the student trains"),
}
