"""The process that keeps the last few models in memory and reads single sentences with them, so that a page has an answer at once.

`python -m probing.execution.sentence_server --store DIR --device DEVICE`. One a store and device (a file lock says so), started by whoever asks
first (client.py). It serves one question after another, and ends after some idle minutes, when its store is gone, or where a run wants its GPU.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cache.errors import StoreError
from cache.locks import FileLock
from cache.store import Store
from probing import threads
from probing.errors import BadInput
from probing.execution.client import MOST_BYTES, Question, Tell, address, crowded, label, reachable
from probing.execution.worker import evict
from probing.settings import Settings

if TYPE_CHECKING:
    from probing.checkpoints import Checkpoint
    from probing.extraction.models import Models

IDLE = 600.0  # seconds without a question
TICK = 1.0  # seconds between looks at whether it is still wanted
SPEAK = 5.0  # seconds in which whoever connects has to say what it wants
MODELS, PARAMETERS = 3, 1.5e9  # kept: at most so many models, of so many parameters together
Answer = Callable[[Question, Tell], dict[str, Any]]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m probing.execution.sentence_server")
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--device", required=True, help="as STRATA_DEVICE says it; of several the first")
    parser.add_argument("--idle", type=float, default=IDLE, help="seconds without a question after which it ends")
    options = parser.parse_args(arguments)
    store = Store(options.store, create=False)
    lock = FileLock(store.locks / f"{label(options.device)}.lock")
    if not lock.acquire(blocking=False):
        return 0
    try:
        settings = Settings.read()
        threads.limit(settings.threads)
        status = serve(store, options.device, options.idle, Warm(store, options.device))
        if store.locks.is_dir():  # typed sentences are activations like others
            evict(store, settings.store_limit_bytes)
        return status
    finally:
        lock.release()


class Warm:
    """Answers questions with the models that it keeps."""

    def __init__(self, store: Store, device: str) -> None:
        self._store, self._device = store, device
        self._models: Models | None = None

    def __call__(self, question: Question, tell: Tell) -> dict[str, Any]:
        """Put the sentence's vectors into the store, or the checkpoint's self-check, or load its model. `loads` counts the models read from disk
        since the process began.

        Raises BadInput for a checkpoint that is not there any more or cannot be trusted, and for what it cannot encode.
        """
        tell("looking for the checkpoint")
        from probing import precision
        from probing.checkpoints.trust import self_check, trusted
        from probing.extraction import extract
        from probing.extraction.models import Models

        self._models = self._models or Models(MODELS, PARAMETERS)
        found = find(question, self._store, Settings.read())
        device = precision.devices(precision.resolve_device(self._device))[0]
        if question.aim != "vectors":
            tell("checking the model")
            if question.aim == "check":
                self_check(found, self._store.root, device)
            else:
                check, exact = trusted(found, self._store.root, device), precision.resolve(question.precision, device)
                of = (found, check, question.pooling, exact, question.submodule, device)
                self._models.open(*of, lambda: tell("loading the model"))
            return {"loads": self._models.loads, "forward_passes": 0}
        report = extract(
            found,
            [question.forms],
            self._store,
            pooling=question.pooling,
            precision=question.precision,
            submodule=question.submodule,
            device=device,
            progress=lambda stage, _done, _total: tell(stage),
            models=self._models,
        )
        return {"loads": self._models.loads, "forward_passes": report.forward_passes}


def find(question: Question, store: Store, settings: Settings) -> Checkpoint:
    """The checkpoint with the question's fingerprint. Raises BadInput where none of its names leads to it."""
    from probing.checkpoints import find as found_by

    settings = replace(settings, store=store.root, roots=settings.page_roots())
    complaint = f"{question.name} has changed since it was probed, so its probes cannot read it: run again."
    for spec in question.specs:
        try:
            found = found_by(spec, settings)
        except BadInput as error:
            complaint = str(error)
        else:
            if found.fingerprint == question.fingerprint:
                return found
    raise BadInput(complaint)


def serve(store: Store, device: str, idle: float, answer: Answer) -> int:
    """Answer who connects, one after another, until nobody has for `idle` seconds; the exit status. Only for who holds the lock."""
    path = address(store, device)
    path.unlink(missing_ok=True)  # left by one that was killed: the lock says that it is gone
    with socket.socket(socket.AF_UNIX) as listening:
        before = os.umask(0o177)
        try:
            with reachable(path) as name:
                listening.bind(name)
        finally:
            os.umask(before)
        own = path.stat().st_ino
        try:
            listening.listen()
            listening.settimeout(min(TICK, idle))
            heard, sound = time.monotonic(), True
            while sound and time.monotonic() - heard < idle and _there(path, own) and not crowded(store, device):
                with contextlib.suppress(TimeoutError):
                    connection, _ = listening.accept()
                    with connection:
                        sound = attend(connection, answer)
                    heard = time.monotonic()
        finally:
            if _there(path, own):
                path.unlink()
    return 0 if sound else 1


def attend(connection: socket.socket, answer: Answer) -> bool:
    """Serve one who connected; whoever leaves early is no matter. False after an error that is nobody's input: the process is to end, so
    that the next question meets a fresh one."""

    def say(**message: Any) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(json.dumps(message).encode() + b"\n")

    connection.settimeout(SPEAK)
    try:
        with connection.makefile("rb") as said:
            line = said.readline(MOST_BYTES)
    except OSError:
        return True
    if not line:
        return True
    try:
        say(done=answer(Question.parse(line), lambda stage: say(stage=stage)))
    except (BadInput, StoreError) as error:
        say(error=str(error))
    except Exception as error:
        traceback.print_exc()
        say(error=failure(error))
        return False
    return True


def failure(error: Exception) -> str:
    """One sentence for an error that is nobody's input."""
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return "There is not enough memory for this model beside what else runs: wait for the other work, then try again."
    return f"The sentence could not be read ({type(error).__name__}: {' '.join(str(error).split())[:200]}): see reader.log."


def _there(path: Path, own: int) -> bool:
    """Whether the socket's name is still this process's, and so is the store."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_ino == own
    return False


if __name__ == "__main__":
    sys.exit(main())
