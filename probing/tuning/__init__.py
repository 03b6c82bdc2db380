"""Making checkpoints: methods of fine-tuning and distillation. Importing this imports no torch."""

from __future__ import annotations

from probing.tuning import methods
from probing.tuning.method import METHODS, Choice, Method, method_of

__all__ = ["METHODS", "Choice", "Method", "method_of", "methods"]
