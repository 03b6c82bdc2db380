"""A tiny checkpoint and labelled sentences on disk, and the lab's commands on them: in this process, or in one of their own."""

from __future__ import annotations

import contextlib
import io
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from probing.__main__ import main
from tests import tiny_checkpoints as tiny

ROOT = Path(__file__).resolve().parents[2]
FILLER = ("the", "un", "able", "zebra", "quilt")


class Done(NamedTuple):
    """What a command left: its exit status and its two streams."""

    status: int
    out: str
    err: str


class Bench:
    """A folder with `model`, `data` (train, dev and test of sentences about a cat or a dog) and a `store`."""

    def __init__(self, root: Path) -> None:
        self.root, self.store = root, root / "store"
        self.model = tiny.bert(root / "model")
        self.data = root / "data"
        self.data.mkdir()
        draw = random.Random(0)
        for split, size in (("train", 40), ("dev", 12), ("test", 12)):
            self.write(split, [sentence(draw) for _ in range(size)])

    def write(self, split: str, rows: list[tuple[str, str]]) -> None:
        lines = ["sentence\tlabel", *("\t".join(row) for row in rows)]
        (self.data / f"{split}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def finetune(self, out: Path, *more: str, checkpoint: Path | None = None) -> list[str]:
        """The command; what stands in `more` comes last and wins."""
        asked = ("--checkpoint", str(checkpoint or self.model), "--task", "classification", "--method", "full")
        return self._command("finetune", out, *asked, *more)

    def distill(self, out: Path, *more: str, teacher: Path | None = None) -> list[str]:
        return self._command("distill", out, "--teacher", str(teacher or self.model), "--task", "classification", *more)

    def _command(self, name: str, out: Path, *more: str) -> list[str]:
        return [
            name,
            "--data",
            str(self.data),
            "--out",
            str(out),
            "--store",
            str(self.store),
            "--steps",
            "3",
            "--batch",
            "8",
            *more,
        ]


def sentence(draw: random.Random) -> tuple[str, str]:
    animal = draw.choice(("cat", "dog"))
    return " ".join((*draw.choices(FILLER, k=draw.randint(1, 3)), animal, draw.choice(FILLER))), animal


def here(command: list[str]) -> Done:
    """In this process, which has imported what costs seconds once."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(command)
    return Done(status, out.getvalue(), err.getvalue())


def apart(command: list[str]) -> subprocess.Popen[str]:
    """In a process of its own."""
    start = [sys.executable, "-m", "probing", *command]
    return subprocess.Popen(start, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def files_of(folder: Path) -> dict[str, bytes]:
    """A product's files by name; of its record, and of the list of digests, what does not tell the time."""
    found = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    record: dict[str, Any] = json.loads(found["strata.json"])
    digests: dict[str, str] = json.loads(found["made.json"])["record"]["files"]
    timeless = {
        "strata.json": {key: value for key, value in record.items() if key != "seconds"},
        "made.json": {name: digest for name, digest in digests.items() if name != "strata.json"},
    }
    return found | {name: json.dumps(content).encode() for name, content in timeless.items()}
