"""The top layers: the last k layers train, what is below them stays."""

from __future__ import annotations

from probing.checkpoints.names.tensors import BEHIND
from probing.tuning.method import METHODS, Choice, Method, Rate, number
from probing.tuning.parameters import Inventory


def choose(argument: str, model: Inventory) -> Choice:
    """Raises BadInput where there are not so many layers."""
    count = number(argument, 1, model.layers, "The number of top layers")
    return Choice(tuple(p.name for p in model.parameters if p.layer > model.layers - count or p.layer == BEHIND))


METHODS.register(
    Method(
        name="top",
        title="top:K",
        measures="The last K layers train, what stands behind them (a last norm, the pooler), and the head.",
        assumes="What the task needs is made in the layers that train, from what those below already give.",
        misleads="Layers that share weights train together, wherever they are used.",
        source="Lee, Tang & Lin 2019, arXiv 1911.03090",
        choose=choose,
        rate=Rate(3e-4, "that of full fine-tuning, of which it trains a part"),
        asks="how many layers",
        needed=True,
    )
)
