"""Several devices: one process each does its share of the work and ends with the process that started it. No torch at import."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from cache.errors import StoreError
from probing.errors import BadInput

SHARDS = 16  # a device that is to help: a process takes seconds to start, in which fewer are read without it
KNOWN = (BadInput, StoreError, OSError, MemoryError)  # errors that cross to another process as they are

Share = Callable[[], Any]  # waits for the share of the work
Tell = Callable[[int], None]  # how much of it is done
Work = Callable[[Any, str, Share, Tell], Any]  # (setup, device, share, tell) → a result; found by its name


class Helpers:
    """A process for each of `devices` that carries out `work`. A context manager: none outlives it, or this process.

    They start at once, so that they load what they need while nobody waits; `divide` gives them their shares.
    """

    def __init__(self, work: Work, setup: Any, devices: Sequence[str]) -> None:
        self._work, self._setup, self._devices = work, setup, devices
        self._helpers: list[_Helper] = []

    def __enter__(self) -> Helpers:
        with contextlib.ExitStack() as started:
            for device in self._devices:
                self._helpers.append(_Helper(self._work, self._setup, device))
                started.callback(self._helpers[-1].end)
            self._ending = started.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ending.close()

    def divide(self, shares: Sequence[Any]) -> None:
        for helper, share in zip(self._helpers, shares, strict=True):
            helper.give(share)

    def done(self) -> int:
        """What all have told so far, added up. Raises what one of them raised, or BadInput where one was ended."""
        return sum(helper.hear() for helper in self._helpers)

    def results(self, heard: Tell) -> list[Any]:
        """Their results once all have come; `heard` gets the sum whenever one says something. Raises as `done` does."""
        while waiting := [helper.channel for helper in self._helpers if not helper.finished]:
            wait(waiting)
            heard(self.done())
        return [helper.result for helper in self._helpers]


class _Helper:
    def __init__(self, work: Work, setup: Any, device: str) -> None:
        context = multiprocessing.get_context("spawn")  # CUDA does not survive a fork
        self.channel, theirs = context.Pipe()
        self.finished, self.result = False, None
        self._device, self._told = device, 0
        self._process = context.Process(target=_help, args=(work, setup, device, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, share: Any) -> None:
        """Hand the share over, from a thread: the helper may still be loading, and a large one fills the pipe."""

        def send() -> None:
            with contextlib.suppress(OSError):  # it ended before it took its share, which `hear` finds out
                self.channel.send(share)

        threading.Thread(target=send, daemon=True).start()

    def hear(self) -> int:
        while not self.finished and self.channel.poll():
            try:
                kind, what = self.channel.recv()
            except (EOFError, OSError):
                self._process.join()
                raise BadInput(
                    f"The process that encodes on {self._device} was ended from outside (status {self._process.exitcode}; perhaps "
                    "the memory was short): run again, which goes on from what is stored, or set STRATA_DEVICE to one device."
                ) from None
            if kind == "failed":
                raise what
            if kind == "told":
                self._told = what
            else:
                self.finished, self.result = True, what
        return self._told

    def end(self) -> None:
        if not self.finished:
            self._process.kill()
        self._process.join()
        self.channel.close()


def _help(work: Work, setup: Any, device: str, channel: Connection) -> None:
    """What a helper's process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal: who started this one ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        channel.send(("done", work(setup, device, channel.recv, lambda done: channel.send(("told", done)))))
    except KNOWN as error:
        channel.send(("failed", error))
    except BaseException as error:
        traceback.print_exc()  # a defect of ours: whoever mends it needs to know where
        channel.send(("failed", RuntimeError(f"{type(error).__name__} on {device}: {error}")))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)
