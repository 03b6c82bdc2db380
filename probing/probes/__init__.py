"""Probe families: one file each, registered in FAMILIES. Imports no torch."""

from __future__ import annotations

from probing.probes import linear, low_rank, mlp
from probing.probes.family import FAMILIES, FittedProbe, ProbeFamily, ProbeOptions, Problem

__all__ = ["FAMILIES", "FittedProbe", "ProbeFamily", "ProbeOptions", "Problem", "linear", "low_rank", "mlp"]
