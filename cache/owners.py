"""Who owns what in a store that several people use: owners.json, sealed. On a machine of one's own there is none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cache import files
from cache.errors import StoreError
from cache.locks import FileLock

FILE = "owners.json"


class Owners:
    """Owners of the things in the store at `root`. A thing is KIND/NAME: run/ID, board/ID, upload/NAME, product/NAME; an owner is an id, with the
    name that is shown for it.

    Each change is whole, whatever other processes do. Every method raises StoreError where the file is damaged or cannot be written.
    """

    def __init__(self, root: Path) -> None:
        self._path, self.lock = root / FILE, FileLock(root / "locks" / "owners.lock")

    def of(self, thing: str) -> dict[str, str]:
        """The owners of a thing: names by id."""
        names, owned = self._read()
        return {id: names.get(id, id) for id in owned.get(thing, ())}

    def owned(self, id: str) -> list[str]:
        """All that somebody owns, sorted."""
        return sorted(thing for thing, ids in self._read()[1].items() if id in ids)

    def add(self, thing: str, owners: dict[str, str]) -> None:
        """Make somebody an owner too."""
        if owners:
            with self.lock:
                self.add_locked(thing, owners)

    def add_locked(self, thing: str, owners: dict[str, str]) -> None:
        """The same, for who holds `lock`."""
        names, owned = self._read()
        self._write(names | owners, owned | {thing: sorted({*owned.get(thing, ()), *owners})})

    def withdraw(self, thing: str, id: str) -> bool:
        """Whether others own the thing too: then `id` owns it no longer. The last owner stays."""
        with self.lock:
            names, owned = self._read()
            others = [one for one in owned.get(thing, ()) if one != id]
            if others:
                self._write(names, owned | {thing: others})
            return bool(others)

    def forget(self, things: Iterable[str]) -> None:
        """What was removed has no owners."""
        if self._path.exists():
            with self.lock:
                names, owned = self._read()
                gone = set(things)
                self._write(names, {thing: ids for thing, ids in owned.items() if thing not in gone})

    def _read(self) -> tuple[dict[str, str], dict[str, list[str]]]:
        if not self._path.exists():
            return {}, {}
        record = files.unsealed(self._path)
        try:
            assert record is not None
            return (
                {str(id): str(name) for id, name in record["names"].items()},
                {str(thing): [str(id) for id in ids] for thing, ids in record["owners"].items()},
            )
        except (AssertionError, KeyError, TypeError, AttributeError):
            raise StoreError(
                f"{self._path} is damaged, so it is not known what belongs to whom: an administrator of this server puts it back or removes it."
            ) from None

    def _write(self, names: dict[str, str], owned: dict[str, list[str]]) -> None:
        used = {id for ids in owned.values() for id in ids}
        content = {"names": {id: name for id, name in names.items() if id in used}, "owners": owned}
        files.write_text(self._path, files.sealed(content), "the list of owners")
