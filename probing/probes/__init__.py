"""Probe families: one file each, which registers itself in FAMILIES. Imports no torch."""

from __future__ import annotations

from typing import cast

from probing.probes.conditional import ConditionalFamily
from probing.probes.edges import EdgeFamily
from probing.probes.family import FAMILIES, Family, FittedProbe, Kind, ProbeFamily, ProbeOptions, Problem
from probing.probes.regression import NumberFamily
from probing.probes.trees import TreeFamily
from probing.registry import discover
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
    "of_conditional",
    "of_edges",
    "of_kind",
    "of_labels",
    "of_numbers",
    "of_trees",
]

discover(__name__, __path__)


def of_kind(kind: Kind) -> list[str]:
    """The families of this kind."""
    return [family.card.name for family in FAMILIES if family.kind == kind]


def answering(task: Task) -> list[str]:
    """The families that can answer a task."""
    return [family.card.name for family in FAMILIES if answers(family, task)]


def answers(family: Family, task: Task) -> bool:
    """Whether the family can answer the task."""
    return task.level in family.levels and (task.numeric or family.kind != "numbers")


def of_labels(name: str) -> ProbeFamily:
    """A family that fits labelled vectors. Raises ValueError for another: a plan never asks for it."""
    return cast("ProbeFamily", _of(name, "labels"))


def of_numbers(name: str) -> NumberFamily:
    """A family that fits numbers. Raises ValueError for another."""
    return cast("NumberFamily", _of(name, "numbers"))


def of_conditional(name: str) -> ConditionalFamily:
    """A family that compares with a baseline. Raises ValueError for another."""
    return cast("ConditionalFamily", _of(name, "conditional"))


def of_trees(name: str) -> TreeFamily:
    """A family that fits the trees of sentences. Raises ValueError for another."""
    return cast("TreeFamily", _of(name, "trees"))


def of_edges(name: str) -> EdgeFamily:
    """A family that fits spans and pairs of them. Raises ValueError for another."""
    return cast("EdgeFamily", _of(name, "edges"))


def _of(name: str, kind: Kind) -> Family:
    family = FAMILIES.get(name)
    if family.kind != kind:
        raise ValueError(f"the {name} probe is of {family.kind}, not of {kind}")
    return family
