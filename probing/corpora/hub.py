"""Data sets from a hub, by id: treebanks (columns tokens, upos, head, deprel, and xpos, feats, lemmas), and texts whose columns are named.

`hub:OWNER/NAME[:CONFIG]`, and for texts `?text=COLUMN&label=COLUMN`, with `second`, `number` and more labels as they are needed; `train=`,
`dev=` and `test=` name the hub's splits where they have other names, `none=` a label that means that there is none.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from cache.keys import digest
from probing.corpora import splits
from probing.corpora.conllu import NUMBER, VERSION, Feats, fault_of_tree
from probing.corpora.faults import FaultError, NoLabelError, Unlabelled, left_out, unlabelled
from probing.corpora.reading import Reading
from probing.corpora.rows import check_columns, dash_is_none, sentence_of, without_dashes
from probing.corpora.sentence import SPLITS, Complaint, Corpus, Sentence, Word
from probing.corpora.source import Source
from probing.corpora.words import annotated
from probing.corpora.wrapping import class_name
from probing.errors import BadInput

PREFIX = "hub:"
NAMES = {"train": "train", "validation": "dev", "dev": "dev", "test": "test"}
COLUMNS = ("lemmas", "upos", "xpos", "feats", "head", "deprel")
PARAMETERS = ("text", "label", "second", "number", "none", *SPLITS)
NOTHING = {None, "", "None"}  # how rows say "_"
_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")  # a bare json or csv would read files of the working folder
MEND = "choose another data set"


def find_hub(spec: str, offline: bool) -> Source:
    """Raises BadInput offline, for an unknown id or question, and for a data set that needs code of its own."""
    place, _, question = spec.removeprefix(PREFIX).partition("?")
    name, _, config = place.partition(":")
    if not _ID.fullmatch(name) or ".." in name:
        raise BadInput(
            "Write a hub data set as hub:OWNER/NAME or hub:OWNER/NAME:CONFIG, such as "
            "hub:universal-dependencies/universal_dependencies:en_ewt."
        )
    reading, named = requested(question)
    if Path(name).exists():  # the library would read it as a folder, beyond the allowed roots
        raise BadInput(f"{name} is also a file or folder here: give its path without hub:, or start Strata in another folder.")
    if offline:
        raise BadInput(f"{name} is on a hub and this machine is set to be offline: go online, or give a local treebank's path.")
    loaded = _loaded(name, config)
    state = (part for split in sorted(loaded) for part in (split, loaded[split]._fingerprint))
    columns: tuple[str, ...] = ()
    if question:
        columns = (reading.canonical() if reading else "", str(sorted(named.items())), str(splits.VERSION))
    if reading is not None and _read_otherwise(loaded, reading):
        columns += ("mended",)
    hashed = digest("hub", str(VERSION), name, config, *columns, *state)
    return Source(name.split("/")[-1], spec, hashed, lambda: convert(name, hashed, loaded, reading, named))


def requested(question: str) -> tuple[Reading | None, dict[str, str]]:
    """What stands behind the question mark: the columns of texts (None: a treebank's), and the hub's split of train, dev, test.

    Raises BadInput for what is neither.
    """
    pairs = parse_qsl(question, keep_blank_values=True)
    wrong = next((name for name, value in pairs if name not in PARAMETERS or not value), None)
    if wrong is not None or (question and not pairs):
        raise BadInput(
            f"{(wrong or question)[:60]!r} is no question to a hub data set: write text=COLUMN&label=COLUMN, with {', '.join(PARAMETERS)}."
        )
    single = dict(pairs)
    named = {split: single[split] for split in SPLITS if split in single}
    if not any(name not in SPLITS for name in single):
        return None, named
    labels, numbers, none = (tuple(value for name, value in pairs if name == kind) for kind in ("label", "number", "none"))
    text, second = single.get("text"), single.get("second")
    return Reading(format="jsonl", text=text, second=second, labels=labels, numbers=numbers, none=none), named


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


def convert(
    name: str, hashed: str, loaded: Mapping[str, Any], reading: Reading | None = None, named: Mapping[str, str] | None = None
) -> Corpus:
    """A corpus from splits of rows (`datasets.Dataset`), held to what a file is held to; `named` are the hub's names of ours.

    Raises BadInput naming the column or split that is missing, or the first fault where more than a tenth is broken.
    """
    gone = next((split for split in (named or {}).values() if split not in loaded), None)
    if gone is not None:
        raise BadInput(f"The data set {name} has no split {gone[:60]!r}: it has {', '.join(loaded)}.")
    ours = {split: ours for ours, split in named.items()} if named else NAMES
    result: dict[str, list[Sentence]] = {}
    complaints: list[Complaint] = []
    passed_over = []
    for split, rows in loaded.items():
        if split not in ours or ours[split] in result:
            passed_over.append(split)
            continue
        try:
            result[ours[split]] = _sentences(f"{name}/{split}", rows, reading, complaints)
        except Unlabelled:
            if ours[split] == "train":
                raise
            complaints.append(Complaint(f"{name}/{split}", 0, "the split has no labels, so it was passed over."))
    if passed_over:
        passed = f"of its splits {', '.join(passed_over)[:200]} were passed over: train=, dev= or test= behind the id name one that is to be read."
        complaints.append(Complaint(name, 0, passed))
    said = f"The hub data set {name}."
    if reading is not None:
        divided, cut = splits.divided(result, name)
        return Corpus(name.split("/")[-1], hashed, divided, f"{said} {cut}".strip(), "", complaints)
    for wanted in SPLITS:
        if not result.get(wanted):
            raise BadInput(f"The data set {name} has no {wanted} split with sentences: it has {', '.join(loaded)}.")
    return Corpus(name.split("/")[-1], hashed, {split: result[split] for split in SPLITS}, said, "", complaints)


def _sentences(file: str, rows: Any, reading: Reading | None, complaints: list[Complaint]) -> list[Sentence]:
    columns = list(rows.column_names)
    if reading is not None:
        check_columns(reading, columns, file)
    elif "tokens" not in columns:
        raise BadInput(
            f"{file} has no column 'tokens' (it has {', '.join(columns)}): Strata reads treebanks in UD's columns, and texts with "
            "?text=COLUMN&label=COLUMN behind the id."
        )
    inventories = {column: _inventory(rows.features[column]) for column in columns}
    shared: dict[str, Feats] = {}
    sentences: list[Sentence] = []
    faults: list[Complaint] = []
    nothing: list[Complaint] = []
    for number, row in enumerate(rows, start=1):
        try:
            if reading is not None:
                sentences.append(sentence_of(_labelled(row, reading, inventories), reading, f"{file}:{number}", number))
            else:
                words = _words(row, inventories, shared)
                sentences.append(Sentence(str(row.get("sent_id") or row.get("idx") or f"{file}:{number}"), words, number))
        except NoLabelError as fault:
            nothing.append(Complaint(file, number, str(fault)))
        except FaultError as fault:
            faults.append(Complaint(file, number, str(fault)))
    if reading is not None:
        sentences = [sentence for sentence, _ in without_dashes([(one, "") for one in sentences], reading, file, nothing)]
    complaints.extend(left_out(faults, len(sentences) + len(nothing), "row", MEND))
    complaints.extend(unlabelled(nothing, len(sentences), "row"))
    return sentences


def _labelled(row: Mapping[str, Any], reading: Reading, inventories: Mapping[str, list[str] | None]) -> dict[str, Any]:
    """The row with its labels by name; a label of -1, which a hidden test has, is none."""
    numbered = {column: names for column in reading.labels if (names := inventories.get(column))}
    return dict(row) | {
        column: class_name(value, names)
        for column, names in numbered.items()
        if isinstance(value := row.get(column), (list, int))
    }


def _read_otherwise(loaded: Mapping[str, Any], reading: Reading) -> bool:
    """Whether an earlier release took "-" for a label where it means none: such data have another hash since."""
    columns = [(rows, column) for rows in loaded.values() for column in reading.labels if column in rows.column_names]
    texts = [
        (rows, column) for rows, column in columns if getattr(rows.features[column], "dtype", "") in {"string", "large_string"}
    ]
    return not reading.none and any(dash_is_none({str(one) for one in rows.unique(column) if one}) for rows, column in texts)


def _words(row: Mapping[str, Any], inventories: Mapping[str, list[str] | None], shared: dict[str, Feats]) -> tuple[Word, ...]:
    tokens = row["tokens"]
    if not isinstance(tokens, list) or not tokens:
        raise FaultError("the row has no list of tokens.")
    fields = {name: _field(row.get(name), inventories.get(name), len(tokens)) for name in COLUMNS}
    uneven = [name for name, values in fields.items() if len(values) != len(tokens)]
    if uneven:
        raise FaultError(f"the column {uneven[0]!r} has another length than the tokens.")
    words = []
    for position, i in enumerate(_syntactic(fields), start=1):
        form, head = tokens[i], fields["head"][i]
        if not isinstance(form, str) or not form.strip():
            raise FaultError(f"word {position} has an empty form.")
        if head != "_" and not NUMBER.fullmatch(head):
            raise FaultError(f"the head {head[:40]!r} of word {position} is no number.")
        lemma, upos, xpos, feats, _, deprel = (fields[name][i] for name in COLUMNS)
        words.append(annotated(form, lemma, upos, xpos, _feats(feats, shared), head, deprel))
    if fault := fault_of_tree([word.head for word in words]):
        raise FaultError(fault[1])
    return tuple(words)


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
