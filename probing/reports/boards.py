"""Boards of findings: charts that somebody pinned, with notes, in the order in which they are told, under headings.

A board is boards/ID.json in the store, sealed. A pin holds its chart as it was, so that it stays whatever becomes of the runs.
On a shared server all see a board, and its owner changes it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field

from cache import files
from cache.locks import FileLock
from cache.store import Store
from probing import permissions
from probing.errors import BadInput
from probing.records import sealed
from probing.reports.document import Chart, DocumentPart, Fact, Picture

LONGEST = {"name": 80, "heading": 120, "title": 200, "note": 2000}  # characters
MOST_BOARDS, MOST_ENTRIES = 100, 100
MOST_BYTES = 4_000_000  # of one chart as JSON


def _id() -> str:
    return secrets.token_hex(6)


class Pin(DocumentPart):
    """A pinned chart. `measures` and `family` are what it shows, for their cards; `fingerprints` are of its checkpoints and its corpus; `link` opens
    its view in the app; `pinned` is ISO time, UTC."""

    kind: Literal["pin"] = "pin"
    id: str = Field(default_factory=_id)
    part: Annotated[Chart | Picture, Field(discriminator="kind")]
    measures: tuple[str, ...] = ()
    family: str = ""
    fingerprints: tuple[Fact, ...] = ()
    link: str = ""
    pinned: str = ""

    @property
    def called(self) -> str:
        return self.part.title or self.part.finding.partition("\n")[0] or "Untitled"


class Divider(DocumentPart):
    """A heading over the pins that follow it."""

    kind: Literal["divider"] = "divider"
    id: str = Field(default_factory=_id)
    text: str

    @property
    def called(self) -> str:
        return self.text


Entry = Annotated[Pin | Divider, Field(discriminator="kind")]


class Board(DocumentPart):
    """`changed` is ISO time, UTC."""

    schema_version: Literal[1] = 1
    id: str = Field(default_factory=_id)
    name: str
    entries: tuple[Entry, ...] = ()
    changed: str = ""

    @property
    def pins(self) -> list[Pin]:
        return [entry for entry in self.entries if isinstance(entry, Pin)]

    def entry(self, id: str) -> Pin | Divider | None:
        return next((entry for entry in self.entries if entry.id == id), None)

    def renamed(self, name: str) -> Self:
        return self.model_copy(update={"name": _short("name", name) or self.name})

    def with_entry(self, entry: Pin | Divider, place: int | None = None) -> Self:
        """With one entry more, at the end or at `place`. Raises BadInput where the board is full or the chart too large."""
        if len(self.entries) >= MOST_ENTRIES:
            raise BadInput(f"The board {self.name} has {MOST_ENTRIES} entries: remove one, or begin another board.")
        if len(entry.model_dump_json()) > MOST_BYTES:
            raise BadInput(
                f"This chart takes more than {MOST_BYTES // 1_000_000} MB: show fewer lines or items before you pin it."
            )
        at = len(self.entries) if place is None else place
        return self.model_copy(update={"entries": (*self.entries[:at], entry, *self.entries[at:])})

    def without(self, id: str) -> Self:
        return self.model_copy(update={"entries": tuple(entry for entry in self.entries if entry.id != id)})

    def moved(self, id: str, by: int) -> Self:
        """With the entry that many places further down; it stops at either end."""
        entry = self.entry(id)
        if entry is None:
            return self
        rest = [one for one in self.entries if one.id != id]
        at = min(len(rest), max(0, self.entries.index(entry) + by))
        return self.model_copy(update={"entries": (*rest[:at], entry, *rest[at:])})

    def edited(self, id: str, text: str, note: str = "") -> Self:
        """With another title and note of a pin, or another text of a heading."""

        def other(entry: Pin | Divider) -> Pin | Divider:
            if entry.id != id:
                return entry
            if isinstance(entry, Divider):
                return entry.model_copy(update={"text": _short("heading", text) or entry.text})
            part = entry.part.model_copy(update={"title": _short("title", text), "note": _short("note", note)})
            return entry.model_copy(update={"part": part})

        return self.model_copy(update={"entries": tuple(map(other, self.entries))})


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def listed(store: Store) -> tuple[list[Board], list[str]]:
    """Every board that can be read, by name, and a sentence for each that cannot."""
    found, damaged = [], []
    for path in sorted(_folder(store).glob("[!.]*.json")):
        try:
            board = _read(path)
        except BadInput as error:
            damaged.append(str(error))
        else:
            if board is not None:
                found.append(board)
    return sorted(found, key=lambda board: board.name.casefold()), damaged


def thing(id: str) -> str:
    """What a board is called in the list of owners."""
    return f"board/{id}"


def editable(store: Store) -> list[Board]:
    """The boards that who is signed in may change, by name."""
    return [board for board in listed(store)[0] if permissions.may(store.root, "edit", thing(board.id))]


def create(store: Store, name: str) -> Board:
    """A new, empty board. Raises BadInput for a name that is empty, too long or taken."""
    store.refuse_writing()
    permissions.guard(store.root, "make")
    name = _short("name", name)
    with FileLock(store.locks / "boards.lock"):
        every = listed(store)[0]
        if not name or name in {board.name for board in every}:
            raise BadInput(
                f"There is a board {name}: give the new one another name." if name else "A board needs a name: type one."
            )
        if len(every) >= MOST_BOARDS:
            raise BadInput(f"There are {MOST_BOARDS} boards: delete one before you make another.")
        return _keep(store, _claimed(store, Board(name=name)))


def change(store: Store, id: str, how: Callable[[Board], Board]) -> Board:
    """Keep what `how` makes of the board. Raises BadInput where it is not there any more, is damaged, or is another user's."""
    store.refuse_writing()
    permissions.guard(store.root, "edit", thing(id))
    with FileLock(store.locks / "boards.lock"):
        board = _read(_path(store, id))
        if board is None:
            raise BadInput("This board is not there any more: choose another.")
        made = how(board)
        return board if made == board else _keep(store, made)


def remove(store: Store, id: str) -> None:
    """Raises BadInput where it is another user's."""
    store.refuse_writing()
    permissions.guard(store.root, "delete", thing(id))
    with FileLock(store.locks / "boards.lock"):
        _path(store, id).unlink(missing_ok=True)
        permissions.gone(store.root, thing(id))


def restore(store: Store, board: Board) -> None:
    """Put back a board that was removed; it is then of who puts it back."""
    store.refuse_writing()
    with FileLock(store.locks / "boards.lock"):
        permissions.guard(store.root, "edit" if _path(store, board.id).exists() else "make", thing(board.id))
        _keep(store, _claimed(store, board))


def _short(what: str, text: str) -> str:
    """The text without space at its ends. Raises BadInput where it is too long, or has signs that cannot be shown."""
    text = text.strip() if what == "note" else " ".join(text.split())
    if len(text) > LONGEST[what] or not all(sign.isprintable() or sign == "\n" for sign in text):
        raise BadInput(f"The {what} has more than {LONGEST[what]:,} characters or some that cannot be shown: shorten it.")
    return text


def _folder(store: Store) -> Path:
    return store.root / "boards"


def _path(store: Store, id: str) -> Path:
    if not files.is_name(id):
        raise BadInput("This board is not there any more: choose another.")
    return _folder(store) / f"{id}.json"


def _read(path: Path) -> Board | None:
    return sealed.read(path, Board, "this board is not shown")


def _claimed(store: Store, board: Board) -> Board:
    permissions.claim(store.root, thing(board.id), _path(store, board.id).exists())
    return board


def _keep(store: Store, board: Board) -> Board:
    board = board.model_copy(update={"changed": now()})
    sealed.write(_path(store, board.id), board, "the board")
    return board
