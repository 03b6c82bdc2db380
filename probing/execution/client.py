"""The client of the sentence server (sentence_server.py): a page asks it with a line of JSON and gets lines of JSON, over a socket in the store.

The question is a `Question`; the answer is any number of `{"stage": …}`, then `{"done": {…}}` or `{"error": sentence}`. Nothing is pickled, no
port is opened, and the socket is its owner's alone. Vectors do not travel: they are in the store when the answer comes.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from cache.store import Store
from probing.errors import BadInput
from probing.execution.detached import detached

MODULE = "probing.execution.sentence_server"
MOST_BYTES = 65_536  # of a question
LONGEST = 100  # bytes of a socket's name, of which systems allow 104 to 108
PATIENCE = 180.0  # seconds until a page gives up; reading a large model from a slow disk is the longest wait
STEP = 0.1  # seconds between looks at whether it is there, and between signs to whoever waits
AIMS = ("vectors", "check", "model")
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Question:
    """Which sentence (`forms`), read by what. `specs` are names under which the checkpoint with this `fingerprint` may be found; `name` is what a
    sentence of error calls it. `precision` is a resolved one. `aim` is one of AIMS: without words to read, the checkpoint's self-check, or that
    its model is loaded for sentences to come."""

    name: str
    specs: tuple[str, ...]
    fingerprint: str
    forms: tuple[str, ...]
    pooling: str
    precision: str
    submodule: str
    aim: str = "vectors"

    def line(self) -> bytes:
        """The question as it travels. Raises BadInput where it is too long for that."""
        line = json.dumps(asdict(self)).encode() + b"\n"
        if len(line) > MOST_BYTES:
            raise BadInput("The sentence is too long to be read: type a shorter one.")
        return line

    @classmethod
    def parse(cls, line: bytes) -> Question:
        """Raises BadInput for anything that `line` did not write."""
        try:
            values = json.loads(line)
            values |= {name: tuple(values[name]) for name in ("specs", "forms")}
            strings = [text for one in values.values() for text in (one if isinstance(one, tuple) else (one,))]
            whole = values.keys() == {field.name for field in fields(cls)} and all(isinstance(text, str) for text in strings)
            whole = whole and values["aim"] in AIMS
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            whole = False
        if not whole:
            raise BadInput("The question is not one that this version understands: reload the page.")
        return cls(**values)


def address(store: Store, device: str) -> Path:
    """Where the sentence server of this device listens."""
    return store.locks / f"{label(device)}.sock"


def label(device: str) -> str:
    """`reader-DEVICE`, fit for a file's name."""
    return "reader-" + "".join(sign if sign.isalnum() else "-" for sign in device)


def crowded(store: Store, device: str) -> bool:
    """Whether models kept on `device` might take a GPU's memory from a run that is under way."""
    return device != "cpu" and any(job.state == "running" and job.device != "cpu" for job in store.jobs.live())


@contextlib.contextmanager
def reachable(path: Path) -> Iterator[str]:
    """A name under which the system takes the socket at `path`, however deep the store lies. Raises BadInput where there is none."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if not Path(f"/proc/self/fd/{folder}").exists():
            raise BadInput(f"The store's path {path.parent.parent} is too long for a socket: name a shorter one in STRATA_STORE.")
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def ask(store: Store, device: str, question: Question, tell: Tell, patience: float = PATIENCE) -> dict[str, Any]:
    """Have the sentence's vectors, or the self-check, put into the store, or the model loaded.

    Returns what the server says of it (`loads`, `forward_passes`).

    Starts the server where none listens: of `device`, or of the CPU beside a run that has the GPU. `tell` hears what is going on, every
    `STEP` seconds at least, and may raise to leave. Raises BadInput with the server's sentence, or where it does not start or not
    answer within `patience` seconds.
    """
    store.refuse_writing()
    line, deadline = question.line(), time.monotonic() + patience
    device, log = "cpu" if crowded(store, device) else device, store.logs / "reader.log"
    started = None
    while True:
        try:
            return _converse(address(store, device), line, tell, deadline)
        except BlockingIOError:
            stage = "waiting for its turn"
        except (FileNotFoundError, ConnectionError):
            stage = "starting the sentence server"
            # Nobody listens, or it was about to end. One that ends well has found another in its place.
            status = started.poll() if started else 0
            if status:
                raise BadInput(
                    f"The process that reads sentences could not start: see {log.name} in the store's logs, then try again."
                ) from None
            if status == 0:
                started = detached(MODULE, store, device, log)
        tell(stage)
        _in_time(deadline)
        time.sleep(STEP)


def _converse(path: Path, line: bytes, tell: Tell, deadline: float) -> dict[str, Any]:
    """Ask and listen. Raises ConnectionError where the other side was gone before it took the question up."""
    stage, heard = "waiting for its turn", b""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(STEP)
        try:
            with reachable(path) as name:
                connection.connect(name)
        except PermissionError as error:
            raise BadInput(
                "The process that reads sentences is another user's: set STRATA_STORE to a store of your own."
            ) from error
        connection.sendall(line)
        taken = False
        while True:
            tell(stage)
            _in_time(deadline)
            try:
                piece = connection.recv(MOST_BYTES)
            except TimeoutError:
                continue
            except ConnectionError:
                piece = b""
            if not piece and not taken:
                raise ConnectionError
            if not piece:
                raise BadInput("The process that reads sentences ended before it answered: see reader.log in the store's logs.")
            taken = True
            *lines, heard = (heard + piece).split(b"\n")
            for message in map(json.loads, lines):
                if "error" in message:
                    raise BadInput(str(message["error"]))
                if "done" in message:
                    return dict(message["done"])
                stage = str(message["stage"])


def _in_time(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise BadInput(
            "The sentence was not read in time: the model may still be loading, or a run may be reading with it, so try again in a "
            "minute, or see reader.log in the store's logs."
        )
