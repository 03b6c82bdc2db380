"""Tasks of one form, one for each thing that a corpus names: `feats:Number`, `label:intent`; `PREFIX*` stands for all that qualify."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from probing.corpora.sentence import Corpus
from probing.errors import BadInput
from probing.tasks.task import TASKS, Task


@dataclass(frozen=True)
class Series:
    """`of(name)` is the task of one thing; `qualifying(corpus)` are those that can be asked, sorted; `thing` is what is named."""

    prefix: str
    thing: str  # as in "the name of a feature"
    example: str
    of: Callable[[str], Task]
    qualifying: Callable[[Corpus], list[str]]
    none: Callable[[Corpus], str]  # the sentence for a corpus of which nothing qualifies

    @property
    def every(self) -> str:
        return f"{self.prefix}*"

    def task(self, name: str) -> Task:
        """The task of a full name. Raises BadInput where nothing is named."""
        if name == self.prefix:
            raise BadInput(
                f"{name} needs the name of {self.thing}, such as {self.prefix}{self.example}, or {self.every} for all."
            )
        return self.of(name.removeprefix(self.prefix))

    def names(self, corpus: Corpus) -> list[str]:
        """The full names of all that qualify."""
        return [f"{self.prefix}{name}" for name in self.qualifying(corpus)]


SERIES: dict[str, Series] = {}


def register(series: Series) -> None:
    """Make a series known, and its `*` a registered task with a card."""
    TASKS.register(series.of("*"))
    SERIES[series.every] = series


def series_of(name: str) -> Series | None:
    """The series that a task's name belongs to; None for a task of its own."""
    return next((series for series in SERIES.values() if name.startswith(series.prefix)), None)


def refuse_every(name: str, example: str) -> None:
    """Raises BadInput where a series is asked as if it were one task."""
    if name.endswith(":*"):
        raise BadInput(f"{name} stands for several tasks: name one, such as {example}.")
