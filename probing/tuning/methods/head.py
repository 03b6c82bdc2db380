"""The head alone: the encoder stays as it is."""

from __future__ import annotations

from probing.tuning.method import METHODS, Choice, Method, Rate
from probing.tuning.parameters import Inventory


def choose(_argument: str, _model: Inventory) -> Choice:
    return Choice(())


METHODS.register(
    Method(
        name="head",
        title="head",
        measures="Only the head trains: a linear probe on the top of the frozen encoder, with the fine-tuning's own schedule.",
        assumes="Nothing of the encoder: it is the floor that every other method has to beat.",
        misleads="It reads one vector a sentence from the top layer, which need not be where the task is read best.",
        source="Ben Zaken, Goldberg & Ravfogel 2022, arXiv 2106.10199 (frozen encoder)",
        choose=choose,
        rate=Rate(2e-2, "on SNIPS dev .84 and .49, where 5e-3 gave .73 and .46, and 1e-3 .45 and .36"),
    )
)
