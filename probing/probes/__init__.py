"""Probe families: one file each, registered in FAMILIES. Imports no torch."""

from __future__ import annotations

from typing import cast

from probing.probes import linear, low_rank, mlp

# isort: split
# After the simpler ones: menus and lists are in the order registered.
from probing.probes import bayesian, structural, topological
from probing.probes.family import FAMILIES, FittedProbe, ProbeFamily, ProbeOptions, Problem
from probing.probes.trees import TREES, TreeFamily
from probing.tasks.task import Level

__all__ = [
    "FAMILIES",
    "FittedProbe",
    "ProbeFamily",
    "ProbeOptions",
    "Problem",
    "TreeFamily",
    "answering",
    "bayesian",
    "linear",
    "low_rank",
    "mlp",
    "of_labels",
    "of_trees",
    "structural",
    "topological",
]


def answering(level: Level) -> list[str]:
    """The families that can answer a task of this level."""
    return [family.card.name for family in FAMILIES if level in family.levels]


def of_labels(name: str) -> ProbeFamily:
    """A family that fits labelled vectors. Raises ValueError for one of trees: a plan never asks for it."""
    return cast("ProbeFamily", _kept(name, trees=False))


def of_trees(name: str) -> TreeFamily:
    """A family that fits the trees of sentences. Raises ValueError for one of labels."""
    return cast("TreeFamily", _kept(name, trees=True))


def _kept(name: str, trees: bool) -> ProbeFamily | TreeFamily:
    family = FAMILIES.get(name)
    if (family.levels == TREES) != trees:
        raise ValueError(f"the {name} probe answers tasks of level {', '.join(family.levels)}")
    return family
