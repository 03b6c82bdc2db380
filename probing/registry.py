"""Registries: each probe family, task, measure, method and format registers itself once, with its card, in a file of its package.

Menus, the documentation table and the contract tests are derived from them, so nothing is listed twice.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from probing.errors import BadInput


@dataclass(frozen=True)
class Card:
    """What a reader should know of one method before trusting its number (plain text, no markup)."""

    name: str  # what the command line and the table call it
    title: str  # what the page calls it
    measures: str  # what it measures, with the unit
    assumes: str  # what has to hold for the number to mean that
    misleads: str  # when it misleads
    source: str  # the publication or standard it follows

    @property
    def card(self) -> Card:
        """The card alone, of what is a card and more."""
        return Card(self.name, self.title, self.measures, self.assumes, self.misleads, self.source)


class Carded(Protocol):
    """Anything that can be registered."""

    @property
    def card(self) -> Card: ...


Entry = TypeVar("Entry", bound=Carded)


class Registry(Generic[Entry]):
    """Entries by name, by their place and then in the order registered; a duplicate or unknown name is refused loudly."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, Entry] = {}
        self._places: dict[str, int] = {}
        self._versions: dict[str, int] = {}

    def register(self, *entries: Entry, place: int = 10, version: int = 1) -> None:
        """Make entries known. Lists and menus show a lower `place` first. Raise `version` with a change after which the same question gets
        other rows: above 1 it enters the ids of what the entry answers (probing/versions.py).
        """
        for entry in entries:
            name = entry.card.name
            if name in self._entries:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._places[name], self._versions[name] = place, version
            self._entries = dict(sorted([*self._entries.items(), (name, entry)], key=lambda known: self._places[known[0]]))

    def get(self, name: str) -> Entry:
        if name not in self._entries:
            raise BadInput(f"Unknown {self.kind} {name!r}: known are {', '.join(self._entries)}.")
        return self._entries[name]

    def versions(self, names: Iterable[str]) -> dict[str, int]:
        """Of those of `names` whose version is above 1."""
        return {name: version for name in names if (version := self._versions[name]) > 1}

    def names(self) -> list[str]:
        return list(self._entries)

    def cards(self) -> list[Card]:
        return [entry.card for entry in self._entries.values()]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries


def discover(package: str, path: Iterable[str]) -> None:
    """Import every module of a package, by name: what a file registers is known without being listed elsewhere. None of them loads torch."""
    for module in sorted(found.name for found in pkgutil.iter_modules(path)):
        importlib.import_module(f"{package}.{module}")
