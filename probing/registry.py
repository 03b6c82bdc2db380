"""Registries: each probe family, task, measure and known checkpoint registers itself once, with its card.

Menus, the documentation table and the contract tests are derived from them, so nothing is listed twice.
"""

from __future__ import annotations

from collections.abc import Iterator
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


class Carded(Protocol):
    """Anything that can be registered."""

    @property
    def card(self) -> Card: ...


Entry = TypeVar("Entry", bound=Carded)


class Registry(Generic[Entry]):
    """Entries by name, in the order registered; a duplicate or unknown name is refused loudly."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, Entry] = {}

    def register(self, entry: Entry) -> Entry:
        name = entry.card.name
        if name in self._entries:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        self._entries[name] = entry
        return entry

    def get(self, name: str) -> Entry:
        if name not in self._entries:
            raise BadInput(f"Unknown {self.kind} {name!r}: known are {', '.join(self._entries)}.")
        return self._entries[name]

    def names(self) -> list[str]:
        return list(self._entries)

    def cards(self) -> list[Card]:
        return [entry.card for entry in self._entries.values()]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries
