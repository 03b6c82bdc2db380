"""Tasks: what is asked of the vectors. One file a kind; each registers itself in TASKS."""

from __future__ import annotations

from collections.abc import Sequence

from probing.corpora.sentence import Corpus
from probing.errors import BadInput
from probing.registry import discover
from probing.tasks.available import available_tasks
from probing.tasks.balanced import ENOUGH
from probing.tasks.series import SERIES, series_of
from probing.tasks.task import TASKS, Task

__all__ = ["ENOUGH", "SERIES", "TASKS", "available_tasks", "expand", "get_task"]

discover(__name__, __path__)


def get_task(name: str) -> Task:
    """The task of that name; `feats:NAME` for any feature, `label:COLUMN` and its kin for any column. Raises BadInput, naming what is known."""
    series = series_of(name)
    return TASKS.get(name) if series is None or name == series.every else series.task(name)


def expand(names: Sequence[str], corpus: Corpus) -> list[str]:
    """The names with feats:* and its kin replaced by all that qualify on `corpus`, each once, in order."""
    result: list[str] = []
    for name in names:
        series = SERIES.get(name)
        if series is None:
            get_task(name)
            result.append(name)
            continue
        found = series.names(corpus)
        if not found:
            raise BadInput(series.none(corpus))
        result.extend(found)
    return list(dict.fromkeys(result))
