"""The one exception a user may read: a sentence that says what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


LONGEST = 400  # characters of a word in a sentence: a path has fewer, what a generator wrote into an option may have millions


class BadInput(ValueError):
    """Input that cannot be used. `str(error)` is one sentence fit for standard error (exit 2).

    What to do depends on where one is: `page` is the sentence for a page, and `data` the one for the Data page, which has controls for how
    files are read. Both are `str(error)` where the advice is the same everywhere.
    """

    def __init__(self, said: str, page: str = "", data: str = "") -> None:
        super().__init__(said)
        self.page = page or said
        self.data = data or self.page


def advised(wrong: str, command: str, page: str, data: str = "") -> BadInput:
    """What is wrong, and what to do about it on the command line, on a page, and on the Data page (as on a page where nothing is given)."""
    return BadInput(f"{wrong}: {command}.", f"{wrong}: {page}.", f"{wrong}: {data}." if data else "")


def one_line(error: Exception | str) -> str:
    """A sentence as a page or standard error shows it: on one line, and of a word that nobody could read only its ends."""
    words = str(error).split()
    return " ".join(word if len(word) <= LONGEST else f"{word[: LONGEST // 2]}…{word[-40:]}" for word in words)


def first_few(names: Sequence[str], most: int = 3) -> str:
    """The first names, with commas between, and … where there are more."""
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")


def refusal(named: str, error: ValidationError) -> BadInput:
    """The sentence on the first field that a pydantic object refused; `named` says whose it is, with {} for the field: "The run's {}",
    or "--{}" for an option, in which dashes stand."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    if named.startswith("--"):
        field = field.replace("_", "-")
    return BadInput(f"{named.format(field)} is {first.get('input')!r}: {first['msg'].lower()}.")
