"""Treebanks from a hub, by id: data sets with columns tokens, upos, head, deprel (and xpos, feats, lemmas where present)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from cache.keys import digest
from probing.corpora.conllu import fault_of_tree
from probing.corpora.sentence import Complaint, Corpus, Sentence, Word
from probing.corpora.source import Source
from probing.errors import BadInput

PREFIX = "hub:"
NAMES = {"train": "train", "validation": "dev", "dev": "dev", "test": "test"}


def find_hub(spec: str, offline: bool) -> Source:
    """`hub:ID[:CONFIG]`. Raises BadInput offline, for an unknown id, and for a data set that needs code of its own."""
    name, _, config = spec.removeprefix(PREFIX).partition(":")
    if not name:
        raise BadInput(
            "Write a hub data set as hub:ID or hub:ID:CONFIG, such as hub:universal-dependencies/universal_dependencies:en_ewt."
        )
    if offline:
        raise BadInput(f"{name} is on a hub and this machine is set to be offline: go online, or give a local treebank's path.")
    from datasets import load_dataset

    try:
        loaded = load_dataset(name, config or None)
    except Exception as error:  # the library raises some twenty kinds for an id that cannot be had
        reason = " ".join(str(error).split())[:200]
        raise BadInput(f"The data set {name} cannot be loaded ({reason}): check its id and configuration.") from error
    fingerprint = digest("hub", name, config, *(f"{s}:{loaded[s]._fingerprint}" for s in sorted(loaded)))
    return Source(name.split("/")[-1], spec, fingerprint, lambda: convert(name, fingerprint, loaded))


def convert(name: str, hashed: str, splits: Mapping[str, Any]) -> Corpus:
    """A corpus from splits of rows. Raises BadInput naming the column or split that is missing."""
    result: dict[str, list[Sentence]] = {}
    complaints: list[Complaint] = []
    for split, rows in splits.items():
        if split in NAMES:
            result[NAMES[split]] = list(_sentences(f"{name}/{split}", rows, complaints))
    for wanted in ("train", "dev", "test"):
        if not result.get(wanted):
            raise BadInput(f"The data set {name} has no {wanted} split with sentences: it has {', '.join(splits)}.")
    return Corpus(name.split("/")[-1], hashed, result, f"The hub data set {name}.", "", complaints)


def _sentences(file: str, rows: Any, complaints: list[Complaint]) -> Iterable[Sentence]:
    columns = list(rows.column_names)
    if "tokens" not in columns:
        raise BadInput(f"{file} has no column 'tokens' (it has {', '.join(columns)}): Strata reads treebanks in UD's columns.")
    names = {column: _names(rows.features[column]) for column in columns}
    for number, row in enumerate(rows, start=1):
        tokens = row["tokens"]
        size = len(tokens)

        def column(name: str, default: str = "_", row: dict[str, Any] = row, size: int = size) -> list[str]:
            values = row.get(name)
            if not values:
                return [default] * size
            inventory = names.get(name)
            return [
                str(inventory[v]) if inventory and isinstance(v, int) else str(v if v is not None else default) for v in values
            ]

        parts = {name: column(name) for name in ("lemmas", "upos", "xpos", "feats", "head", "deprel")}
        heads = [int(h) if h.lstrip("-").isdigit() else -1 for h in parts["head"]]
        fault = fault_of_tree(heads) if all(len(p) == size for p in parts.values()) and size else "its columns differ in length."
        if fault:
            complaints.append(Complaint(file, number, f"{fault} The sentence was left out."))
            continue
        keep = sys.intern
        words = tuple(
            Word(keep(tokens[i]), keep(parts["lemmas"][i]), keep(parts["upos"][i]), keep(parts["xpos"][i]),
                 _feats(parts["feats"][i]), heads[i], keep(parts["deprel"][i]))
            for i in range(size)
        )  # fmt: skip
        yield Sentence(str(row.get("sent_id") or row.get("idx") or f"{file}:{number}"), words, number)


def _names(feature: Any) -> list[str] | None:
    inner = getattr(feature, "feature", feature)
    return getattr(inner, "names", None)


def _feats(text: str) -> tuple[tuple[str, str], ...]:
    """Features as CoNLL-U writes them, or as the printed dictionary that some conversions hold."""
    if text.startswith("{"):
        try:
            return tuple(sorted((str(k), str(v)) for k, v in ast.literal_eval(text).items() if v))
        except (ValueError, SyntaxError):
            return ()
    pairs = [pair.partition("=") for pair in text.split("|")] if text not in ("_", "", "None") else []
    return tuple((key, value) for key, sign, value in pairs if sign)
