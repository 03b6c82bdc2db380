"""Which sentences are train, dev and test: by what files and rows say, and by a cut where they do not.

A cut goes by text: the hash of (seed, words) orders the distinct sentences, and the first tenth of all sentences is test (or dev), the
next dev. A sentence that stands twice is on one side, so no cut of ours makes a leak.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from probing.corpora.sentence import SPLITS, Sentence
from probing.errors import BadInput

WORDS = {"train": ("train", "training"), "dev": ("dev", "devel", "valid", "validation", "validate"), "test": ("test",)}
VERSION = 1  # of the cut: it enters a corpus's hash
SEED = 0
SMALLEST = 10  # sentences of a corpus that is cut in three


def said_by(name: str, own: Sequence[tuple[str, str]] = ()) -> list[str]:
    """The splits that a name tells of: `test` is a word of `xx-test.tsv` and not of `latest.tsv`.

    `own` are names that count before the usual ones, each with its split: (("tr", "train"), …).
    """
    low = name.strip().lower()
    parts = {low, *re.split(r"[^\w]+|_", low)}
    found = [split for split in SPLITS if any(ours == split and theirs.lower() in parts for theirs, ours in own)]
    if found:
        return found
    said = set(re.split(r"[^a-z]+", low))
    return [split for split, words in WORDS.items() if said & set(words)]


def parts_of_one(names: Sequence[str]) -> bool:
    """Whether names differ in one letter or in numbers alone, as the parts of one file do: train-a and train-b, 0-of-2 and 1-of-2."""
    return len({re.sub(r"(?<![a-z0-9])[a-z](?![a-z0-9])|[0-9]+", "#", name.lower()) for name in names}) == 1


def in_order(name: str) -> list[tuple[int, str]]:
    """What sorts the parts of a file: numbers by their size."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"([0-9]{1,9})", name)]


def divided(found: Mapping[str, Sequence[Sentence]], where: str) -> tuple[dict[str, list[Sentence]], str]:
    """Train, dev, test and any further test split, and a sentence about what was cut ("" for nothing).

    `found` has sentences by split, "" for those of which nothing says it. Without a split, or with train alone, they are cut 80/10/10;
    without test, dev is test; without dev, a tenth of train is. Raises BadInput where a split would be empty.
    """
    splits = {name: list(sentences) for name, sentences in found.items() if sentences}
    undivided = splits.pop("train" if set(splits) == {"train"} else "", [])
    said = ""
    if undivided and splits:
        raise BadInput(f"{where} says of some sentences which split they are in and of others not: say it of all or of none.")
    if undivided:
        if len(undivided) < SMALLEST:
            raise BadInput(f"{where} has {len(undivided)} sentences, too few to split: give at least {SMALLEST}, or three files.")
        splits["train"], splits["test"], splits["dev"] = _cut(undivided, 2)
        said = f"Split 80/10/10 by sentence (seed {SEED})."
    elif "test" not in splits and "dev" in splits:
        splits["test"] = splits.pop("dev")
        said = "Dev was kept as test. "
    if "dev" not in splits and "train" in splits:
        splits["train"], splits["dev"] = _cut(splits["train"], 1)
        said += f"Dev is a tenth of train (seed {SEED})."
    missing = next((split for split in SPLITS if not splits.get(split)), None)
    if missing:
        filled = ", ".join(name for name, some in splits.items() if some)
        has = f"sentences of {filled} only" if filled else "no sentences"
        raise BadInput(f"{where} leaves {missing} empty (it has {has}): give different sentences for train and for test.")
    return {name: splits[name] for name in [*SPLITS, *sorted(set(splits) - set(SPLITS))]}, said


def _cut(sentences: Sequence[Sentence], tenths: int) -> list[list[Sentence]]:
    """What is left, then `tenths` tenths, each in the order of the text."""
    places: dict[bytes, list[int]] = {}
    for place, sentence in enumerate(sentences):
        forms = [*sentence.forms, *(("", *sentence.second.forms) if sentence.second else ())]
        key = hashlib.sha256("\x1f".join([str(SEED), *forms]).encode()).digest()
        places.setdefault(key, []).append(place)
    wanted, parts, rest = max(1, len(sentences) // 10), [list[int]() for _ in range(tenths)], list[int]()
    for key in sorted(places):
        part = next((part for part in parts if len(part) < wanted), rest)
        part.extend(places[key])
    return [[sentences[place] for place in sorted(part)] for part in (rest, *parts)]
