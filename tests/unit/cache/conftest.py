"""A store of the test's own, shards with known numbers, and real processes to share the store with."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest

from cache.activations import Collection
from cache.jobs import Jobs
from cache.keys import sentence_key
from cache.store import Store

PROJECT = Path(__file__).resolve().parents[3]
LAYERS, WIDTH = 3, 4


@pytest.fixture
def collection(store: Store) -> Collection:
    return store.collection({"checkpoint": "toy", "pooling": "mean"})


@pytest.fixture
def jobs(store: Store) -> Jobs:
    return store.jobs


class Process:
    """A Python process that runs a piece of code; its lines are read one by one."""

    def __init__(self, code: str, *arguments: object) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            cwd=PROJECT,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self.popen.pid

    def line(self) -> str:
        out: IO[str] = self.popen.stdout  # type: ignore[assignment]
        said = out.readline().strip()
        if not said and self.popen.poll() not in (None, 0):
            raise AssertionError(self.popen.stderr.read())  # type: ignore[union-attr]
        return said

    def tell(self, text: str = "") -> None:
        pipe: IO[str] = self.popen.stdin  # type: ignore[assignment]
        pipe.write(text + "\n")
        pipe.flush()

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()

    def output(self) -> list[str]:
        out, error = self.popen.communicate(timeout=60)
        assert self.popen.returncode == 0, error
        return out.split()


@pytest.fixture
def python() -> Iterator[Callable[..., Process]]:
    started: list[Process] = []

    def start(code: str, *arguments: object) -> Process:
        started.append(Process(code, *arguments))
        return started[-1]

    yield start
    for process in started:
        if process.popen.poll() is None:
            process.popen.kill()
        process.popen.communicate()


@pytest.fixture
def toy() -> Callable[..., dict[str, Any]]:
    """What write_shard takes for sentences `names` of `counts` words, in numbers that say where they stand: a
    word's vector is layer + its place in the shard / 64, a sentence's is 10 + layer + sentence / 64."""

    def make(names: list[str], counts: list[int] | None = None) -> dict[str, Any]:
        counts = counts or [2] * len(names)
        total = sum(counts)
        ones = np.ones(WIDTH, dtype=np.float32)
        return {
            "keys": [sentence_key(name.split()) for name in names],
            "counts": counts,
            "present": np.arange(total) % 3 != 1,
            "words": [(layer + np.arange(total)[:, None] / 64) * ones for layer in range(LAYERS)],
            "sentences": [(10 + layer + np.arange(len(names))[:, None] / 64) * ones for layer in range(LAYERS)],
        }

    return make
