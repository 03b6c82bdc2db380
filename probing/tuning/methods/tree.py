"""Tree-regularised: everything trains, and a layer is held to norms that are depths of some tree."""

from __future__ import annotations

from probing.tuning.method import METHODS, Choice, Method, Rate, number
from probing.tuning.parameters import Inventory


def choose(argument: str, model: Inventory) -> Choice:
    """Raises BadInput where there is no such layer."""
    layer = number(argument, 0, model.layers, "The layer of tree")
    return Choice(tuple(parameter.name for parameter in model.parameters), tree=layer)


METHODS.register(
    Method(
        name="tree",
        title="tree:LAYER",
        measures="Every parameter trains on the task's cross-entropy plus a weight (10) times the ssp loss of a layer: how far its "
        "words' norms under a probe are from the depths of the nearest tree. The probe begins as the trained one of a stored run.",
        assumes="A run with the topological probe on this very checkpoint. Real words only, labels by exact dynamic programming; "
        "where classes are 0 and 1 (acceptability) only sentences of class 1 count.",
        misleads="Published gains lie inside the spread between seeds, and some layers collapse: compare with full over several seeds.",
        source="Li, Yin & Lin 2023, arXiv 2310.12454",
        choose=choose,
        rate=Rate(3e-4, "that of full fine-tuning, so that only the tree loss differs"),
        sparse=False,
        asks="a layer",
        needed=True,
    )
)
