"""Hostile checkpoints and files: each is read or refused in a sentence, soon, and in little memory."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import struct
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drills.commands import Bench, forked
from drills.drill import Report

CHECKPOINTS, TABLES = 120, 80
AT_ONCE = 20  # inputs of one process: one that ends it costs the others of its batch nothing but a second process
MOST_SECONDS, MOST_BYTES = 10.0, 600 << 20  # of one input; beyond what a process has before it
ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2, 3.5, 1e308, 10**9, 2**31, 2**63, 10**30, "", "x", "9" * 5000, [], {}, [[]], ["a"], {"a": {}}),
    *(float("inf"), float("nan"), "../../etc/passwd", "\x00", "\ud800", [0] * 10_000),
)


def drill(root: Path, seed: int) -> list[Report]:
    bench, draw = Bench(root), random.Random(seed)
    bounds = f"in {MOST_SECONDS:.0f} s and {MOST_BYTES >> 20} MB"
    checkpoints = Report("a hostile checkpoint", f"it is read, or refused in a sentence, {bounds}")
    tables = Report("a hostile file of data", f"it is read, or refused in a sentence, {bounds}")
    for report, count, make, read in (
        (checkpoints, CHECKPOINTS, _checkpoint, _resolve),
        (tables, TABLES, _data, _load),
    ):
        made = [make(bench, root / f"{read.__name__}-{number}", draw) for number in range(count)]
        for first in range(0, count, AT_ONCE):
            _batch(report, made[first : first + AT_ONCE], read, root)
        for path, _ in made:
            shutil.rmtree(path)
    return [checkpoints, tables]


def _batch(report: Report, made: list[tuple[Path, str]], read: Callable[[Path, Path], str], root: Path) -> None:
    """Read the inputs one after the other in one process; where one ends it, the rest goes on in another."""
    told = root / "told"
    while made:
        told.unlink(missing_ok=True)
        forked(lambda made=made: _read_all(made, read, root, told), patience=MOST_SECONDS * len(made))  # type: ignore[misc]
        lines = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()] if told.exists() else []
        for (_, what), line in zip(made, lines, strict=False):
            with report.attempt(what):
                assert line["said"] == "", line["said"]
                assert line["seconds"] <= MOST_SECONDS, f"{line['seconds']:.0f} s"
                assert line["bytes"] <= MOST_BYTES, f"{line['bytes'] >> 20} MB"
            report.worst = max(report.worst, line["seconds"])
        if len(lines) < len(made):
            with report.attempt(made[len(lines)][1]):
                raise AssertionError("it ended its process, or took for ever")
        made = made[len(lines) + 1 :]


def _read_all(made: list[tuple[Path, str]], read: Callable[[Path, Path], str], root: Path, told: Path) -> int:
    import time

    for path, _ in made:
        before, began = _peak(), time.monotonic()
        said = read(path, root)
        with open(told, "a", encoding="utf-8") as file:
            line = {"said": said, "seconds": time.monotonic() - began, "bytes": _peak() - before}
            file.write(json.dumps(line) + "\n")
    return 0


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _outcome(work: Callable[[], object]) -> str:
    """What is wrong with how it ended; "" where it was read or refused as it should be."""
    from cache.errors import StoreError
    from probing.errors import BadInput, one_line

    try:
        work()
    except (BadInput, StoreError) as error:
        return "" if 0 < len(one_line(error)) < 3000 else f"no sentence: {str(error)[:100]!r}"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:200]} at {traceback.extract_tb(error.__traceback__)[-1]}"
    return ""


def _resolve(folder: Path, root: Path) -> str:
    from probing.checkpoints import resolve

    return _outcome(lambda: [resolve(text, root / "store") for text in (str(folder), f"random:{folder}@0")])


def _load(folder: Path, root: Path) -> str:
    from probing import corpora

    return _outcome(lambda: corpora.find(str(next(folder.iterdir())), store_uploads=root / "store" / "uploads").load())


def _checkpoint(bench: Bench, folder: Path, draw: random.Random) -> tuple[Path, str]:
    """A copy of the tiny checkpoint with one of its files mutated, and what was done to it."""
    shutil.copytree(bench.model, folder)
    name = draw.choice(
        ("config.json", "config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors", "model.safetensors")
    )
    path = folder / name
    if draw.random() < 0.25:
        return folder, f"{name}: {_scramble(path, draw)}"
    if path.suffix == ".json":
        value = json.loads(path.read_text(encoding="utf-8"))
        told = _mutate(value, draw)
        path.write_text(json.dumps(value), encoding="utf-8")
        return folder, f"{name}: {told}"
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    told = _mutate(header, draw)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])
    return folder, f"{name}: {told}"


def _mutate(value: Any, draw: random.Random) -> str:
    """Put something odd somewhere into a JSON object; returns where and what."""
    place, trail = value, []
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw.choice(keys)
        trail.append(str(key))
        inner = place[key]
        if isinstance(inner, (dict, list)) and inner and draw.random() < 0.8:
            place = inner
            continue
        kind = draw.randrange(4)
        if kind == 0 and isinstance(place, dict):
            del place[key]
            return f"{'.'.join(trail)} is gone"
        if kind == 1:
            place[key] = _nested(draw.choice((50, 900)))
            return f"{'.'.join(trail)} is deep"
        odd = draw.choice(ODD)
        place[key] = odd
        return f"{'.'.join(trail)} is {str(odd)[:30]!r}"


def _nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


def _scramble(path: Path, draw: random.Random) -> str:
    """Damage a file's bytes; returns what was done."""
    data = bytearray(path.read_bytes())
    kind = draw.randrange(5)
    if kind == 0:
        del data[draw.randrange(len(data)) :]
        told = "cut"
    elif kind == 1:
        for _ in range(20):
            data[draw.randrange(len(data))] = draw.randrange(256)
        told = "twenty bytes changed"
    elif kind == 2:
        data = bytearray(b"[" * 100_000 + bytes(data))
        told = "nested deeply"
    elif kind == 3:
        data[:8] = struct.pack("<Q", draw.choice((0, 1, 2**40, 2**63, 2**64 - 1)))
        told = "its first eight bytes are a length"
    else:
        path.unlink()
        path.symlink_to(draw.choice(("/dev/zero", "/dev/null", os.devnull, "nowhere", "/proc/self/mem")))
        return f"a link to {os.readlink(path)}"
    path.write_bytes(data)
    return told


FILES: dict[str, str] = {
    "table.tsv": "sentence\tlabel\nthe cat sat\tA\na dog ran\tB\n",
    "table.csv": 'text,label,number\n"the cat, sat",A,1\na dog ran,B,2\n',
    "rows.jsonl": '{"text": "the cat sat", "label": "A"}\n{"text": "a dog ran", "label": "B"}\n',
    "tree.conllu": "1\tHello\thello\tINTJ\tUH\t_\t0\troot\t_\t_\n2\tyou\tyou\tPRON\tPRP\t_\t1\tdep\t_\t_\n\n",
    "tags.conll": "the O\ncat B-ANIMAL\nsat O\n\na O\ndog B-ANIMAL\n\n",
    "edges.json": '[{"text": "the cat sat", "targets": [{"span1": [0, 1], "label": "x"}]}]',
}
PIECES = (
    "\t",
    ",",
    '"',
    "\n",
    "\r",
    "\x00",
    "\ufeff",
    "é",
    "\ud83d",
    "9" * 5000,
    "a" * 100_000,
    "\u202e",
    "_",
    "-",
    "{",
    "[" * 5000,
    "B-",
    "1\t",
)


def _data(_bench: Bench, folder: Path, draw: random.Random) -> tuple[Path, str]:
    """A folder with one file of data, of a known form and then spoilt, and what was done to it."""
    folder.mkdir()
    name = draw.choice(sorted(FILES))
    text = FILES[name] * draw.choice((1, 5, 200))
    what = []
    for _ in range(draw.randint(1, 6)):
        at, piece = draw.randrange(len(text) + 1), draw.choice(PIECES)
        text = text[:at] + piece + text[at + draw.randrange(4) :]
        what.append(f"{piece[:5]!r} at {at}")
    path = folder / name
    encoding = draw.choice(("utf-8", "utf-8", "utf-16", "latin-1"))
    half = encoding.startswith("utf") and draw.random() < 0.5
    path.write_bytes(text.encode(encoding, "surrogatepass" if half else "replace"))
    if draw.random() < 0.15:
        what.append(_scramble(path, draw))
    return folder, f"{name}: {', '.join(what)}"
