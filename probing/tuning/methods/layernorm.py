"""Norms alone: the weights and biases of every layer norm train."""

from __future__ import annotations

from probing.errors import BadInput
from probing.tuning.method import METHODS, Choice, Method, Rate
from probing.tuning.parameters import Inventory


def choose(_argument: str, model: Inventory) -> Choice:
    """Raises BadInput for a model without norms that have parameters."""
    names = tuple(parameter.name for parameter in model.parameters if parameter.norm)
    if not names:
        raise BadInput(f"This {model.model_type} has no norms with parameters: take top:1 or full.")
    return Choice(names)


METHODS.register(
    Method(
        name="layernorm",
        title="layernorm",
        measures="The weights and biases of every layer norm train, and the head.",
        assumes="Norms that have parameters; models without biases have them too.",
        misleads="It trains about two fifths as many values as BitFit: compare scores beside counts.",
        source="Qi et al. 2022 (arXiv 2211.08682)",
        choose=choose,
        rate=Rate(3e-3, "that of BitFit; on SNIPS dev .87 and .56"),
    )
)
