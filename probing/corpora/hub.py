"""Treebanks from a hub, by id: data sets with columns tokens, upos, head, deprel (and xpos, feats, lemmas where present)."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from cache.keys import digest
from probing.corpora.conllu import MAX_BAD_SHARE, NUMBER, VERSION, fault_of_tree
from probing.corpora.sentence import SPLITS, Complaint, Corpus, Sentence, Word
from probing.corpora.source import Source
from probing.errors import BadInput

PREFIX = "hub:"
NAMES = {"train": "train", "validation": "dev", "dev": "dev", "test": "test"}
COLUMNS = ("lemmas", "upos", "xpos", "feats", "head", "deprel")
NOTHING = {None, "", "None"}  # how rows say "_"
_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")  # a bare json or csv would read files of the working folder

Feats = tuple[tuple[str, str], ...]


def find_hub(spec: str, offline: bool) -> Source:
    """`hub:OWNER/NAME[:CONFIG]`. Raises BadInput offline, for an unknown id, and for a data set that needs code of its own."""
    name, _, config = spec.removeprefix(PREFIX).partition(":")
    if not _ID.fullmatch(name) or ".." in name:
        raise BadInput(
            "Write a hub data set as hub:OWNER/NAME or hub:OWNER/NAME:CONFIG, such as "
            "hub:universal-dependencies/universal_dependencies:en_ewt."
        )
    if Path(name).exists():  # the library would read it as a folder, beyond the allowed roots
        raise BadInput(f"{name} is also a file or folder here: give its path without hub:, or start Strata in another folder.")
    if offline:
        raise BadInput(f"{name} is on a hub and this machine is set to be offline: go online, or give a local treebank's path.")
    loaded = _loaded(name, config)
    state = (part for split in sorted(loaded) for part in (split, loaded[split]._fingerprint))
    hashed = digest("hub", str(VERSION), name, config, *state)
    return Source(name.split("/")[-1], spec, hashed, lambda: convert(name, hashed, loaded))


@lru_cache(maxsize=4)
def _loaded(name: str, config: str) -> Mapping[str, Any]:
    """The splits, asked of the hub once a process (a page asks at every rerun). Memory-mapped, so cheap to keep."""
    from datasets import load_dataset

    try:
        return load_dataset(name, config or None)
    except Exception as error:  # the library raises some twenty kinds for an id that cannot be had
        reason = " ".join(str(error).split())[:200].rstrip(".")
        if "script" in reason.lower():
            raise BadInput(
                f"The data set {name} needs code of its own, which Strata never runs: give a data set of parquet files, "
                "or the treebank's .conllu files."
            ) from error
        raise BadInput(f"The data set {name} cannot be loaded ({reason}): check its id and configuration.") from error


def convert(name: str, hashed: str, splits: Mapping[str, Any]) -> Corpus:
    """A corpus from splits of rows (`datasets.Dataset`), held to what a CoNLL-U file is held to.

    Raises BadInput naming the column or split that is missing, or the first fault where more than a tenth is broken.
    """
    result: dict[str, list[Sentence]] = {}
    complaints: list[Complaint] = []
    for split, rows in splits.items():
        if split in NAMES:
            result[NAMES[split]] = _sentences(f"{name}/{split}", rows, complaints)
    for wanted in SPLITS:
        if not result.get(wanted):
            raise BadInput(f"The data set {name} has no {wanted} split with sentences: it has {', '.join(splits)}.")
    ordered = {split: result[split] for split in SPLITS}
    return Corpus(name.split("/")[-1], hashed, ordered, f"The hub data set {name}.", "", complaints)


def _sentences(file: str, rows: Any, complaints: list[Complaint]) -> list[Sentence]:
    columns = list(rows.column_names)
    if "tokens" not in columns:
        raise BadInput(f"{file} has no column 'tokens' (it has {', '.join(columns)}): Strata reads treebanks in UD's columns.")
    inventories = {column: _inventory(rows.features[column]) for column in columns}
    shared: dict[str, Feats] = {}
    sentences: list[Sentence] = []
    faults: list[Complaint] = []
    for number, row in enumerate(rows, start=1):
        try:
            words = _words(row, inventories, shared)
        except _FaultError as fault:
            faults.append(Complaint(file, number, str(fault)))
        else:
            sentences.append(Sentence(str(row.get("sent_id") or row.get("idx") or f"{file}:{number}"), words, number))
    if len(faults) > MAX_BAD_SHARE * (len(sentences) + len(faults)):
        raise BadInput(
            f"{file}, row {faults[0].line}: {faults[0].message} {len(faults):,} of {len(sentences) + len(faults):,} sentences "
            "are broken, too many to leave out: choose another data set."
        )
    complaints.extend(Complaint(f.file, f.line, f"{f.message} The sentence was left out.") for f in faults)
    return sentences


class _FaultError(Exception):
    """What keeps a row from being a sentence, as a sentence."""


def _words(row: Mapping[str, Any], inventories: Mapping[str, list[str] | None], shared: dict[str, Feats]) -> tuple[Word, ...]:
    tokens = row["tokens"]
    if not isinstance(tokens, list) or not tokens:
        raise _FaultError("the row has no list of tokens.")
    fields = {name: _field(row.get(name), inventories.get(name), len(tokens)) for name in COLUMNS}
    uneven = [name for name, values in fields.items() if len(values) != len(tokens)]
    if uneven:
        raise _FaultError(f"the column {uneven[0]!r} has another length than the tokens.")
    kept = _syntactic(fields)
    heads = []
    for position, i in enumerate(kept, start=1):
        head = fields["head"][i]
        if not isinstance(tokens[i], str) or not tokens[i].strip():
            raise _FaultError(f"word {position} has an empty form.")
        if head != "_" and not NUMBER.fullmatch(head):
            raise _FaultError(f"the head {head[:40]!r} of word {position} is no number.")
        heads.append(-1 if head == "_" else int(head))
    fault = fault_of_tree(heads)
    if fault:
        raise _FaultError(fault[1])
    keep = sys.intern
    return tuple(
        Word(
            keep(tokens[i]),
            keep(fields["lemmas"][i]),
            keep(fields["upos"][i]),
            keep(fields["xpos"][i]),
            _feats(fields["feats"][i], shared),
            head,
            keep(fields["deprel"][i]),
        )
        for i, head in zip(kept, heads, strict=True)
    )


def _field(values: Any, inventory: list[str] | None, size: int) -> list[str]:
    """A column's values as text, "_" where it says nothing."""
    if not values:
        return ["_"] * size
    return [
        "_" if value in NOTHING else inventory[value] if inventory and isinstance(value, int) else str(value) for value in values
    ]


def _syntactic(fields: Mapping[str, list[str]]) -> list[int]:
    """Which tokens are words of the tree. Conversions keep multi-word ranges and empty nodes as tokens; in a row with a
    tree they are those with neither head nor relation, and heads count without them."""
    size = len(fields["head"])
    if all(head == "_" for head in fields["head"]):
        return list(range(size))
    return [i for i in range(size) if fields["head"][i] != "_" or fields["deprel"][i] != "_"]


def _inventory(feature: Any) -> list[str] | None:
    inner = getattr(feature, "feature", feature)
    return getattr(inner, "names", None)


def _feats(text: str, shared: dict[str, Feats]) -> Feats:
    """Features as CoNLL-U writes them, or as the printed dictionary that some conversions hold; () where it is neither."""
    if text not in shared:
        shared[text] = tuple((sys.intern(key), sys.intern(value)) for key, value in _pairs(text) if key and value)
    return shared[text]


def _pairs(text: str) -> Iterable[tuple[str, str]]:
    if not text.startswith("{"):
        return [(key, value) for key, _, value in (pair.partition("=") for pair in text.split("|"))]
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return sorted((str(k), str(v)) for k, v in found.items() if v) if isinstance(found, dict) else []
