"""Conditional probes: what a layer adds to a baseline."""

from __future__ import annotations

from probing.probes.family import FAMILIES, Family, Kind
from probing.registry import Card


class ConditionalFamily(Family):
    """A registered family that fits another family, `inner`, on a baseline's vectors and on both side by side."""

    kind: Kind = "conditional"
    inner: str


class LinearConditional(ConditionalFamily):
    """Linear probes on [B; φ] against linear probes on B."""

    card = Card(
        name="conditional",
        title="Conditional",
        measures="What a layer adds, in bits and in points of accuracy, to what a linear probe reads from a baseline already: layer 0, "
        "or any layer of any checkpoint (--conditional-on).",
        assumes="Linear probes, each with the penalty that dev chooses: one on the baseline, one on baseline and layer side by side. Differences are "
        "paired by item.",
        misleads="A probe of twice the width over-fits sooner: a little below 0 is that. Against layer 0 it tells what context adds, not "
        "what the layer holds; what a fine-tuned layer adds to its base's may be no more than a rotation that a linear probe likes better.",
        source="Hewitt et al. 2021, arXiv 2109.09234",
    )
    inner = "linear"


FAMILIES.register(LinearConditional(), place=5)
