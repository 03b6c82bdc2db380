"""Probe families: one file each, registered in FAMILIES. Imports no torch."""

from __future__ import annotations

from probing.probes import linear, low_rank, mlp

# isort: split
# After the simpler ones: menus and lists are in the order registered.
from probing.probes import bayesian
from probing.probes.family import FAMILIES, FittedProbe, ProbeFamily, ProbeOptions, Problem

__all__ = ["FAMILIES", "FittedProbe", "ProbeFamily", "ProbeOptions", "Problem", "bayesian", "linear", "low_rank", "mlp"]
