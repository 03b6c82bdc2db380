"""The one exception a user may read, a sentence that says what is wrong, where, and what to do; and requests, which raise it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

LONGEST = 400  # characters of a word in a sentence: a path has fewer, what a generator wrote into an option may have millions


class BadInput(ValueError):
    """Input that cannot be used. `str(error)` is one sentence fit for standard error (exit 2).

    What to do depends on where one is: `page` is the sentence for a page, and `data` the one for Add data, which has controls for how
    files are read. Both are `str(error)` where the advice is the same everywhere.
    """

    def __init__(self, said: str, page: str = "", data: str = "") -> None:
        super().__init__(said)
        self.page = page or said
        self.data = data or self.page


def advised(wrong: str, command: str, page: str, data: str = "") -> BadInput:
    """What is wrong, and what to do about it on the command line, on a page, and under Add data (as on a page where nothing is given)."""
    return BadInput(f"{wrong}: {command}.", f"{wrong}: {page}.", f"{wrong}: {data}." if data else "")


def one_line(error: Exception | str) -> str:
    """A sentence as a page or standard error shows it: on one line, and of a word that nobody could read only its ends."""
    words = str(error).split()
    return " ".join(word if len(word) <= LONGEST else f"{word[: LONGEST // 2]}…{word[-40:]}" for word in words)


def first_few(names: Sequence[str], most: int = 3) -> str:
    """The first names, with commas between, and … where there are more."""
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")


class Request(BaseModel):
    """What a user asks. Frozen, no unknown keys; `parse` turns a wrong one into a sentence.

    `named` says what a field is called there, with {} for its name: "The run's {}", or "--{}" for an option, in which dashes stand.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    named: ClassVar[str]

    @classmethod
    def parse(cls, values: dict[str, Any]) -> Self:
        """The request, or BadInput naming the first field that is wrong."""
        try:
            return cls(**values)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            shown = cls.named.format(field.replace("_", "-") if cls.named.startswith("--") else field)
            raise BadInput(f"{shown} is {first.get('input')!r}: {first['msg'].lower()}.") from error
