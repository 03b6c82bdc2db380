"""Who may do what on a server where people sign in. The functions that act ask here, and pages ask what to offer.

`WHO` is the table of docs/operating.md. Where nobody signs in (the app on a machine of one's own, the command line, workers), everything is
allowed. What nobody owns (asked by the command line, or before people signed in) belongs to the server: all see it, administrators change it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cache import files
from cache.owners import Owners
from probing.errors import BadInput

Action = Literal["see", "name", "start", "make", "cancel", "resume", "delete", "edit", "read", "keep"]
Who = Literal["everybody", "owners", "administrators"]
WHO: dict[Action, Who] = {
    "see": "everybody",  # runs, jobs, boards, checkpoints
    "name": "everybody",  # names, tags and notes in History, nicknames
    "start": "everybody",  # a job: who asks the same is an owner too
    "make": "everybody",  # a board, own data, an import
    "cancel": "owners",
    "resume": "owners",
    "delete": "owners",  # a job, a run, a board, own data, a product
    "edit": "owners",  # a board; own data of the same name
    "read": "owners",  # own data: their content, and new jobs on them
    "keep": "administrators",  # the store as a whole
}


@dataclass(frozen=True)
class Allowance:
    """What one user may take."""

    jobs: int = 10  # STRATA_USER_JOBS: waiting or running at once
    job_seconds: float = 24 * 3600.0  # STRATA_USER_JOB_HOURS: of a job, by its estimate
    data_bytes: int = 2_000_000_000  # STRATA_USER_DATA_MB: of own data in the store


@dataclass(frozen=True)
class User:
    """Who is signed in. `id` is the same at every visit."""

    id: str
    name: str
    admin: bool = False
    allowance: Allowance = Allowance()


_asked: Callable[[], User | None] = lambda: None  # noqa: E731
_UNSAID = User("", "")
_acting: ContextVar[User | None] = ContextVar("acting", default=_UNSAID)


def told_by(ask: Callable[[], User | None]) -> None:
    """From now on `ask` says who is signed in: None where nobody is asked to."""
    global _asked
    _asked = ask


@contextmanager
def acting(user: User | None) -> Iterator[None]:
    """What is done inside is done by this user."""
    token = _acting.set(user)
    try:
        yield
    finally:
        _acting.reset(token)


def present() -> User | None:
    """Who is signed in; None where nobody signs in. Raises BadInput where somebody would have to."""
    user = _acting.get()
    return _asked() if user is _UNSAID else user


def allowed(action: Action, owners: Collection[str], user: User | None) -> bool:
    """Whether the user may do that with a thing of these owners."""
    if user is None or user.admin or WHO[action] == "everybody":
        return True
    if WHO[action] == "administrators":
        return False
    return user.id in owners or (action == "read" and not owners)


def may(root: Path, action: Action, thing: str = "") -> bool:
    """The same of a thing of the store at `root`, and of who is signed in."""
    user = present()
    asked = user is not None and not user.admin and WHO[action] == "owners"  # else the list of owners is not read
    return allowed(action, Owners(root).of(thing) if asked else (), user)


def guard(root: Path, action: Action, thing: str = "") -> None:
    """Raise BadInput, whose it is, where that is not allowed."""
    if may(root, action, thing):
        return
    if WHO[action] == "administrators":
        raise BadInput("Only an administrator of this server does that: ask one.")
    kind, _, name = thing.partition("/")
    called = {
        "run": "This job",
        "board": "This board",
        "upload": name[:80] if "." in name else f"data:{name[:80]}",
        "product": f"lab:{name[:120]}",
    }.get(kind, thing)
    verb = {"edit": "change", "read": "read"}.get(action, action)
    raise BadInput(f"{called} belongs to {whose(root, thing)}: only they and administrators may {verb} it.")


def whose(root: Path, thing: str) -> str:
    """The names of the owners of a thing, "you" first; "" where nobody signs in."""
    user = present()
    if user is None:
        return ""
    owners = Owners(root).of(thing)
    names = ["you"] * (user.id in owners) + sorted(name for id, name in owners.items() if id != user.id)
    return " and ".join(names) or "this server"


def others_own(root: Path, thing: str) -> bool:
    """Whether the thing has owners, and who is signed in is none of them."""
    user = present()
    return user is not None and bool(owners := Owners(root).of(thing)) and user.id not in owners


def last(root: Path, action: Action, thing: str) -> bool:
    """Whether the thing itself is to be cancelled or removed. With other owners beside this user, it stays theirs, and this user is none any
    more. Raises BadInput where the action is not allowed."""
    guard(root, action, thing)
    user = present()
    return user is None or user.admin or not Owners(root).withdraw(thing, user.id)


def claim(root: Path, thing: str, there: bool = False) -> None:
    """Make who is signed in an owner of the thing; one that was `there` and that nobody owns stays the server's."""
    owners = Owners(root)
    if (user := present()) is not None and not (there and not owners.of(thing)):
        owners.add(thing, {user.id: user.name})


def inherit(root: Path, thing: str, made: str) -> None:
    """Give what was made by a job the owners of the job."""
    owners = Owners(root)
    owners.add(made, owners.of(thing))


def gone(root: Path, *things: str) -> None:
    """Forget who owned what was removed."""
    Owners(root).forget(things)


def refuse_more(root: Path, more: int) -> None:
    """Raise BadInput where a user's data in the store would be more than one user may have, with so many bytes more."""
    user = present()
    if user is None or user.admin:
        return
    own = [thing.partition("/")[2] for thing in Owners(root).owned(user.id) if thing.startswith("upload/")]
    used, most = sum(files.size(root / "uploads" / name) for name in own), user.allowance.data_bytes
    if used + more > most:
        raise BadInput(
            f"Your data here would take {(used + more) / 1e6:,.0f} MB, and one user may have {most / 1e6:,.0f} (STRATA_USER_DATA_MB): "
            "forget some under Corpora and data first."
        )


def refuse_inside(path: Path, store: Path) -> None:
    """Raise BadInput where a user names a file of the store by its path, where nobody could say whose it is."""
    if not path.is_relative_to(store):
        return
    user = present()
    if user is not None and not user.admin:
        raise BadInput("Files of the store are not read by their path: name data:NAME or lab:NAME.")
