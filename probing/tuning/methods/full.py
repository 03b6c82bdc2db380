"""Full fine-tuning: every parameter trains."""

from __future__ import annotations

from probing.tuning.method import METHODS, Choice, Method, Rate
from probing.tuning.parameters import Inventory


def choose(_argument: str, model: Inventory) -> Choice:
    return Choice(tuple(parameter.name for parameter in model.parameters))


METHODS.register(
    Method(
        name="full",
        title="full",
        measures="Every parameter of the encoder and the head train.",
        assumes="Enough examples to move millions of parameters without learning them by heart.",
        misleads="On a few hundred examples it depends on the seed more than any other method: read several.",
        source="Devlin et al. 2019, aclanthology.org/N19-1423",
        choose=choose,
        rate=Rate(
            3e-4, "on SNIPS dev .98 and .69, where 1e-4 under a slower head gave .86 and .48; larger models want 1e-5 to 5e-5"
        ),
        sparse=False,
    )
)
