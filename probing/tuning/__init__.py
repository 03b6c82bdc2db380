"""Making checkpoints: methods of fine-tuning and distillation. Importing this imports no torch."""

from __future__ import annotations

from probing.tuning.method import METHODS, Choice, Method, method_of
from probing.tuning.methods import bitfit, full, head, layernorm, lora, random, top, tree

__all__ = ["METHODS", "Choice", "Method", "bitfit", "full", "head", "layernorm", "lora", "method_of", "random", "top", "tree"]
