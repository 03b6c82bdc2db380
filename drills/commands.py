"""Commands in processes that are forked from this one: what costs seconds is imported once. Data and a checkpoint for them to ask about."""

from __future__ import annotations

import json
import os
import random
import resource
import select
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

PATIENCE = 120.0  # seconds for a command of a second or two
KILLED = -signal.SIGKILL
WORDS = ("the", "un", "able", "zebra", "quilt")


class Done(NamedTuple):
    """How a command ended: its exit status (negative: of the signal that ended it), its two streams, its seconds and its peak of memory in bytes."""

    status: int
    out: str
    err: str
    seconds: float
    peak: int

    @property
    def rows(self) -> list[dict[str, Any]]:
        return json.loads(self.out)["rows"]

    def refused(self) -> bool:
        """Whether it ended as a refusal should: exit 2, one line, nothing on standard output. Raises AssertionError for a traceback."""
        assert "Traceback" not in self.err, self.err[-1500:]
        if self.status != 2:
            return False
        assert len(self.err.strip().splitlines()) == 1, f"not one line: {self.err[-600:]}"
        assert not self.out.strip(), f"on standard output: {self.out[:200]}"
        return True


def warm() -> None:
    """Import what the commands need, so that the forked ones begin at once."""
    from transformers import AutoModel, AutoTokenizer, BertModel  # noqa: F401

    import probing.execution.comparison
    import probing.execution.engine
    import probing.extraction.extract
    import probing.tuning.distill
    import probing.tuning.finetune
    import probing.tuning.reading
    import probing.tuning.saving  # noqa: F401


def command(arguments: list[str], before: Callable[[], object] | None = None, patience: float = PATIENCE) -> Done:
    """`python -m probing ARGUMENTS` in a forked process; `before` is called in it first. It is killed after `patience` seconds."""
    return forked(lambda: _main(arguments), before, patience)


def forked(work: Callable[[], int], before: Callable[[], object] | None = None, patience: float = PATIENCE) -> Done:
    """`work` in a forked process in a group of its own, with its streams kept."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        child = os.fork()
        if not child:
            _become(work, before, out.fileno(), err.fileno())
        status, usage = _awaited(child, patience)
        seconds = time.monotonic() - began
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    return Done(status, *texts, seconds, usage.ru_maxrss * 1024)


def _main(arguments: list[str]) -> int:
    from probing.__main__ import main

    return main(arguments)


def _become(work: Callable[[], int], before: Callable[[], object] | None, out: int, err: int) -> None:
    """The child: never returns."""
    status = 70
    try:
        os.setpgid(0, 0)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        import sys

        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        if before is not None:
            before()
        status = work()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        import traceback

        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _awaited(child: int, patience: float) -> tuple[int, resource.struct_rusage]:
    ended = os.pidfd_open(child)
    try:
        if not select.select([ended], [], [], patience)[0]:
            os.kill(child, signal.SIGKILL)
        _, status, usage = os.wait4(child, 0)
    finally:
        os.close(ended)
    return os.waitstatus_to_exitcode(status), usage


class Bench:
    """A folder with a tiny checkpoint `model`, `data` (train, dev and test of sentences about a cat or a dog), and commands about them."""

    def __init__(self, root: Path) -> None:
        from tests import tiny_checkpoints as tiny

        self.root = root
        self.model = tiny.bert(root / "model")
        self.data = root / "data"
        self.data.mkdir()
        draw = random.Random(0)
        for split, size in (("train", 40), ("dev", 16), ("test", 16)):
            rows = ["sentence\tlabel", *(self._row(draw) for _ in range(size))]
            (self.data / f"{split}.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")

    @staticmethod
    def _row(draw: random.Random) -> str:
        animal = draw.choice(("cat", "dog"))
        return " ".join((*draw.choices(WORDS, k=draw.randint(1, 3)), animal, draw.choice(WORDS))) + f"\t{animal}"

    def run(self, store: Path, *more: str, checkpoint: str | None = None) -> list[str]:
        asked = (
            "--checkpoint",
            checkpoint or str(self.model),
            "--corpus",
            str(self.data),
            "--task",
            "label:label",
            "--seeds",
            "1",
        )
        return ["run", *asked, "--store", str(store), "--json", *more]

    def finetune(self, store: Path, out: str, *more: str) -> list[str]:
        asked = ("--checkpoint", str(self.model), "--data", str(self.data), "--task", "classification", "--method", "bitfit")
        return ["finetune", *asked, "--out", out, "--store", str(store), "--steps", "4", "--batch", "8", "--json", *more]


def alike(rows: list[dict[str, Any]]) -> str:
    """The rows as text that tells two answers apart."""
    return json.dumps(rows, sort_keys=True)
