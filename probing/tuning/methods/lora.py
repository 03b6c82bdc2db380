"""LoRA: a product of two thin matrices is learned beside the queries' and values' weights, and added to them at the end."""

from __future__ import annotations

from probing.checkpoints.names.modules import FUSED, QUERY, VALUE
from probing.errors import BadInput
from probing.tuning.method import METHODS, Choice, Method, Rate, number
from probing.tuning.parameters import Inventory

RANK, WIDEST = 8, 256
PLACES = (QUERY, VALUE, FUSED)


def choose(argument: str, model: Inventory) -> Choice:
    """The weights of queries and values. Raises BadInput where they are not known."""
    rank = number(argument, 1, WIDEST, "The rank of lora") if argument else RANK
    names = tuple(p.name for p in model.parameters if p.kind in PLACES and p.name.endswith(".weight"))
    if not names:
        raise BadInput(
            f"Where a {model.model_type} keeps queries and values is not known here, so lora has no place: take top:1 or full."
        )
    return Choice(names, rank=rank)


METHODS.register(
    Method(
        name="lora",
        title="lora or lora:RANK",
        measures="Beside the weights of queries and values a product of two matrices of rank 8 (or RANK) trains, and the head; it begins at "
        "zero, its scale is 16 / rank, and it is added to the weights in what is saved.",
        assumes="An architecture whose queries and values are known.",
        misleads="It trains several times as many values as BitFit at rank 8; rank 1 comes nearest.",
        source="Hu et al. 2021, arXiv 2106.09685",
        choose=choose,
        rate=Rate(2e-3, "the only one tried; on SNIPS dev .88 and .58"),
        asks="a rank",
    )
)
