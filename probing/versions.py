"""Versions of what answers a question. Those above 1 enter the ids of whatever they answer, so what is mended never serves its old rows.

A family, task, measure or method that gives other rows for the same question registers with a higher `version`. Version 1 leaves ids as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from probing.measures import MEASURES
from probing.measures.measure import Source

if TYPE_CHECKING:
    from probing.probes.family import Family

Versions = dict[str, dict[str, int]]  # by registry, then by name


def of_cell(family: Family, task: str, decodability: bool) -> Versions:
    """Of a cell: its family, its task (or the series that it is of) and the measures of its rows."""
    from probing import probes
    from probing.tasks.series import series_of
    from probing.tasks.task import TASKS

    series = series_of(task)
    if family.kind == "trees":
        measures = list(probes.of_trees(family.card.name).measures)
    else:
        codes = family.kind == "labels" and probes.of_labels(family.card.name).codes
        sources: list[Source] = [family.kind, *(["code"] if codes else [])]  # type: ignore[list-item]
        if decodability and family.kind == "labels":
            sources += ["decodability"] if codes else ["decodability", "curve"]
        measures = measured(sources)
    return _above(
        {
            "probes": probes.FAMILIES.versions([family.card.name]),
            "tasks": TASKS.versions([series.every if series else task]),
            "measures": MEASURES.versions(measures),
        }
    )


def of_rows(*sources: Source) -> Versions:
    """Of rows that no cell of a probe family has: those of a run, of a pair of checkpoints."""
    return _above({"measures": MEASURES.versions(measured(sources))})


def measured(sources: Iterable[Source]) -> list[str]:
    """The measures whose rows are of one of `sources`."""
    wanted = set(sources)
    return [measure.card.name for measure in MEASURES if wanted & set(measure.sources)]


def _above(found: Versions) -> Versions:
    return {registry: versions for registry, versions in found.items() if versions}
