"""What checkpoints are called on pages: a nickname and a role, which follow from lineage or are given by hand, and the family of each.

Names given by hand are names.json in the store. A run names its checkpoints in full; nicknames change nothing that is stored.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from cache.locks import FileLock
from cache.store import Store
from probing.checkpoints import products
from probing.errors import BadInput
from probing.records import sealed, stored
from probing.records.run import RecordedCheckpoint

FILE = "names.json"
LONGEST = 24  # characters of a nickname; a shorter name needs none
MOST = 10_000  # names given by hand
ROLES = ("base", "full", "BitFit", "LoRA", "LayerNorm", "head", "student", "random")
METHODS = {"bitfit": "BitFit", "lora": "LoRA", "layernorm": "LayerNorm"}  # as their papers write them
_RANDOM = re.compile(r"random:(.+)@(\d+)")


class Given(BaseModel):
    """What somebody calls a checkpoint. An empty field leaves what lineage says."""

    model_config = ConfigDict(frozen=True, strict=True)
    nickname: str = ""
    role: str = ""


class GivenNames(BaseModel):
    """The file: what somebody calls checkpoints, by their own names."""

    model_config = ConfigDict(frozen=True, strict=True)
    names: dict[str, Given]


class Known(NamedTuple):
    """A checkpoint as its record tells: `parent` is what it was made from, or of which it is the random baseline."""

    name: str
    parent: str | None = None
    how: str | None = None
    method: str | None = None
    data: str | None = None
    train: int | None = None
    seed: int | None = None

    @classmethod
    def recorded(cls, entry: RecordedCheckpoint) -> Known:
        """Of a run."""
        parent = entry.baseline_of[0] if entry.baseline_of else entry.parent
        made = entry.lineage
        if made is None:
            return cls(entry.name, parent)
        return cls(entry.name, made.parent or parent, made.how, made.method, made.data, made.train, made.seed)

    @classmethod
    def product(cls, name: str, record: Mapping[str, Any]) -> Known:
        """Of the lab, by its own record; `name` is lab:NAME."""
        data = record.get("data") or {}
        made = {field: record.get(field) for field in ("parent", "how", "method", "seed")}
        return cls(_short(name), **made, data=data.get("name"), train=data.get("train"))


class Called(NamedTuple):
    """`family` is the name of the checkpoint from which this one and its relatives descend."""

    nickname: str
    role: str
    family: str


def called(known: Iterable[Known], given: Mapping[str, Given] | None = None) -> dict[str, Called]:
    """Each known checkpoint by name. No two have one nickname; those given by hand come first."""
    every: dict[str, Known] = {}
    for one in known:
        every[one.name] = one if one.how or one.name not in every else every[one.name]
    by_hand = {name: one.nickname for name, one in (given or {}).items() if one.nickname and name in every}
    taken = {*by_hand.values(), *every}
    nicknames = dict(by_hand)
    for one in every.values():
        if one.name not in nicknames and not _RANDOM.fullmatch(one.name):
            nicknames[one.name] = next(text for text in _proposed(one, every) if text == one.name or text not in taken)
            taken.add(nicknames[one.name])
    for name in every:
        if name not in nicknames and (drawn := _RANDOM.fullmatch(name)):
            base = _short(drawn[1])
            nicknames[name] = f"random:{nicknames[base]}@{drawn[2]}" if nicknames.get(base, base) != base else name
    roles = {name: (given or {}).get(name, Given()).role or role(one) for name, one in every.items()}
    return {name: Called(nicknames[name], roles[name], _family(name, every)) for name in every}


def of_store(store: Store) -> dict[str, Called]:
    """Every checkpoint of a stored run or of the lab by its own name, in the order in which the store came to know them. Names given by hand are
    left out where their file is damaged, and products whose record is."""
    known = [Known.recorded(entry) for record in reversed(stored.runs(store)) for entry in record.checkpoints]
    for name in reversed(products.listed(store.root)):
        with contextlib.suppress(BadInput):  # the Checkpoints page says it
            known.append(Known.product(name, products.record_of(name, store.root)))
    given: dict[str, Given] = {}
    with contextlib.suppress(BadInput):  # as well
        given = read(store)
    return called(known, given)


def role(known: Known) -> str:
    """By lineage: base where nothing says how it was made."""
    if _RANDOM.fullmatch(known.name):
        return "random"
    if known.how is None:
        return "base"
    if known.how != "finetune" or not known.method:
        return "student"
    return METHODS.get(known.method, known.method)


def renamed(text: str, called: Mapping[str, str]) -> str:
    """The text with every name of `called` that stands in it as words replaced by what it is called there."""
    if not called:
        return text
    either = "|".join(re.escape(name) for name in sorted(called, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{either})(?!\w)", lambda found: called[found[0]], text)


def read(store: Store) -> dict[str, Given]:
    """The names given by hand, by the checkpoint's own name. Raises BadInput where the file is there and damaged."""
    below = {} if store.below is None else read(store.below)
    return below | _own(store)


def _own(store: Store) -> dict[str, Given]:
    found = sealed.read(store.root / FILE, GivenNames, "the nicknames given by hand are not shown")
    return found.names if found else {}


def write(store: Store, name: str, nickname: str, role: str, others: Mapping[str, Called]) -> None:
    """Keep what somebody calls the checkpoint; empty text leaves what lineage says. Raises BadInput for a nickname that cannot be used."""
    store.refuse_writing()
    nickname, role = " ".join(nickname.split()), " ".join(role.split())
    for what, text in (("nickname", nickname), ("role", role)):
        if len(text) > LONGEST or not text.isprintable():
            raise BadInput(f"The {what} has more than {LONGEST} characters or some that cannot be shown: shorten it.")
    clash = next((own for own, one in others.items() if own != name and nickname in (own, one.nickname)), None)
    if nickname and clash:
        raise BadInput(f"The nickname {nickname} is that of {clash}: choose another.")
    with FileLock(store.locks / "names.lock"):
        kept = _own(store)
        if nickname or role:
            kept[name] = Given(nickname=nickname, role=role)
        else:
            kept.pop(name, None)
        if len(kept) > MOST:
            raise BadInput(f"{MOST:,} checkpoints have a name given by hand: clear one before you give another.")
        sealed.write(store.root / FILE, GivenNames(names=kept), "the nicknames")


def _short(name: str) -> str:
    """A checkpoint's name as runs have it, of the spec that a record may have: lab:NAME or a path."""
    return name.removeprefix("lab:").rstrip("/").rsplit("/", 1)[-1] if name.startswith(("lab:", "/")) else name


def _proposed(one: Known, every: Mapping[str, Known]) -> Iterable[str]:
    """Nicknames from the shortest on. The name itself is the last, and the first where it is short or nothing is known of its making. A student is
    told by its teacher: how much text it read would stand beside how much its teacher learned from."""
    if one.how is not None and len(one.name) > LONGEST:
        teacher = every.get(_short(one.parent or ""))
        if role(one) == "student" and teacher is not None and teacher.how is not None:
            text = f"student of {role(teacher)}" + (f" {teacher.train}" if teacher.train else "")
            yield text
            if one.seed is not None:
                yield f"{text} s{one.seed}"
        parts = [role(one), one.data and one.data[:10], one.train]
        text = " ".join(str(part) for part in parts if part)
        yield text
        if one.seed is not None:
            yield f"{text} s{one.seed}"
        yield f"{text} {one.name[-6:]}"
    yield one.name


def _family(name: str, every: Mapping[str, Known]) -> str:
    seen = {name}
    while True:
        drawn = _RANDOM.fullmatch(name)
        one = every.get(name)
        parent = _short(drawn[1]) if drawn else _short(one.parent) if one is not None and one.parent else None
        if parent is None or parent in seen:
            return name
        seen.add(parent)
        name = parent
