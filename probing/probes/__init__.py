"""Probe families: one file each, registered in FAMILIES. Imports no torch."""

from __future__ import annotations

from typing import cast

from probing.probes import linear, low_rank, mlp

# isort: split
# After the simpler ones: menus and lists are in the order registered.
from probing.probes import bayesian, edge, structural, topological
from probing.probes.edges import EdgeFamily
from probing.probes.family import FAMILIES, FittedProbe, ProbeFamily, ProbeOptions, Problem
from probing.probes.kind import Kind
from probing.probes.trees import TreeFamily
from probing.tasks.task import Task

__all__ = [
    "FAMILIES",
    "EdgeFamily",
    "FittedProbe",
    "Kind",
    "ProbeFamily",
    "ProbeOptions",
    "Problem",
    "TreeFamily",
    "answering",
    "answers",
    "bayesian",
    "edge",
    "linear",
    "low_rank",
    "mlp",
    "of_edges",
    "of_kind",
    "of_labels",
    "of_trees",
    "structural",
    "topological",
]


def of_kind(kind: Kind) -> list[str]:
    """The families of this kind."""
    return [family.card.name for family in FAMILIES if family.kind == kind]


def answering(task: Task) -> list[str]:
    """The families that can answer a task."""
    return [family.card.name for family in FAMILIES if answers(family, task)]


def answers(family: ProbeFamily | TreeFamily | EdgeFamily, task: Task) -> bool:
    """Whether the family can answer the task."""
    return task.level in family.levels


def of_labels(name: str) -> ProbeFamily:
    """A family that fits labelled vectors. Raises ValueError for another: a plan never asks for it."""
    return cast("ProbeFamily", _kept(name, "labels"))


def of_trees(name: str) -> TreeFamily:
    """A family that fits the trees of sentences. Raises ValueError for another."""
    return cast("TreeFamily", _kept(name, "trees"))


def of_edges(name: str) -> EdgeFamily:
    """A family that fits spans and pairs of them. Raises ValueError for another."""
    return cast("EdgeFamily", _kept(name, "edges"))


def _kept(name: str, kind: Kind) -> ProbeFamily | TreeFamily | EdgeFamily:
    family = FAMILIES.get(name)
    if family.kind != kind:
        raise ValueError(f"the {name} probe is of {family.kind}, not of {kind}")
    return family
