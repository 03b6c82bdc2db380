"""BitFit: the additive biases train, or those of chosen kinds; every weight stays."""

from __future__ import annotations

from probing.errors import BadInput
from probing.tuning.method import METHODS, NEAREST, Choice, Method, Rate
from probing.tuning.parameters import Inventory, Parameter, of_kinds


def choose(argument: str, model: Inventory) -> Choice:
    """Every additive bias, or those of the kinds joined by +. Raises BadInput where there are none."""
    found = biases(model)
    if argument:
        kinds = of_kinds(model, argument)
        if lacking := [kind for kind in kinds if not any(bias.kind == kind for bias in found)]:
            having = ", ".join(dict.fromkeys(bias.kind for bias in found))
            raise BadInput(f"{lacking[0]} has 0 biases in this {model.model_type}: kinds with biases are {having}.")
        found = tuple(bias for bias in found if bias.kind in kinds)
    return Choice(tuple(bias.name for bias in found))


def biases(model: Inventory) -> tuple[Parameter, ...]:
    """Every additive bias. Raises BadInput for a model without any."""
    if not model.biases:
        raise BadInput(f"This {model.model_type} has 0 biases, so BitFit has nothing to train: {NEAREST}.")
    return model.biases


METHODS.register(
    Method(
        name="bitfit",
        title="bitfit or bitfit:query+intermediate",
        measures="The additive biases of every linear map and norm train, and the head; with kinds behind a colon only theirs. Of a "
        "BERT-base 102,912 values (0.094 %) with the embeddings' norm and the pooler, or 46,080 for query+intermediate.",
        assumes="A model with biases; biases are found by whole names and the modules they belong to.",
        misleads="It needs a rate some fifty times that of full fine-tuning: compared at one rate it looks worse than it is.",
        source="Ben Zaken, Goldberg & Ravfogel 2022, arXiv 2106.10199",
        choose=choose,
        rate=Rate(3e-3, "on SNIPS dev .88 and .54, where 1e-3 gave .82 and .52; the paper takes 1e-4 to 1e-3 over more steps"),
        asks="kinds of parameters",
    )
)
