"""Layers of a cell answered side by side: each lane is a thread that fits one layer after another on cores of its own.

Two threads that share one small product wait for each other thousands of times a second. Where other work holds one of their cores, each
wait lasts until the system gives the core back: a fit on two threads took 5 to 8 times as long as on one (docs/performance.md). Lanes wait
for nobody.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import psutil

from probing import precision, threads
from probing.cells.work import Draft, Progress, Work

MOST = 8  # lanes: what Python does between two products is done by one lane at a time
COPIES = 4  # a layer's vectors are held as read, standardised, and as bounds and buffers of a fit
ROOM = 0.5  # of the free memory that all lanes may take

AnswerLayer = Callable[[int, Draft, Progress], None]


class _Stopped(Exception):
    """Another lane has failed."""


def answer_layers(work: Work, draft: Draft, layer_bytes: int, answer: AnswerLayer) -> None:
    """Call `answer(layer, part, progress)` for each layer of the cell, several at a time, and add the parts to `draft` in the order of layers.

    `layer_bytes` are those of one layer's vectors. What one raises is raised here, and the others stop at their next progress.
    """
    layers = work.cell.layers
    stop, told = threading.Event(), _Told(work.progress, layers)

    def one(layer: int) -> Draft:
        part = draft.part()

        def progress(done: int, total: int) -> None:
            if stop.is_set():
                raise _Stopped
            told(layer, done, total)

        try:
            answer(layer, part, progress)
        except BaseException:
            stop.set()
            raise
        return part

    count = lanes(work.device, len(layers), layer_bytes)
    with _pool(count) as pool:
        parts: Sequence[Future[Draft]] = [pool.submit(one, layer) for layer in layers] if pool else []
        try:
            for index, layer in enumerate(layers):
                draft.extend(parts[index].result() if parts else one(layer))
        except _Stopped:
            assert pool is not None, "a single lane is stopped by nobody"
            pool.shutdown(cancel_futures=True)
            raise next(error for error in map(_error, parts) if error and not isinstance(error, _Stopped)) from None
        finally:
            stop.set()  # the others too, where this thread was interrupted


def _error(part: Future[Draft]) -> BaseException | None:
    return None if part.cancelled() else part.exception()


def lanes(device: str, layers: int, layer_bytes: int) -> int:
    """How many layers at a time. One on a GPU; and one where products may round, since that switch is the whole process's own."""
    import torch

    if torch.device(device).type != "cpu" or precision.rounds_fits():
        return 1
    room = int(ROOM * psutil.virtual_memory().available / max(1, COPIES * layer_bytes))
    return max(1, min(threads.lanes(torch.get_num_threads()), layers, MOST, room))


@contextlib.contextmanager
def _pool(count: int) -> Iterator[ThreadPoolExecutor | None]:
    """Threads that share the cores of this one, for as long as the block lasts; None for one lane, which needs no thread of its own."""
    if count == 1:
        yield None
        return
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    each = max(1, before // count)
    pool = ThreadPoolExecutor(count, "layer", initializer=torch.set_num_threads, initargs=(each,))
    try:
        with threadpool_limits(each, user_api="blas"):
            yield pool
            pool.shutdown()
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(before)  # a lane's number is what threads to come would start with


class _Told:
    """One progress of all layers. A layer counts as much as any other."""

    def __init__(self, progress: Progress, layers: Sequence[int]) -> None:
        self._progress, self._shares = progress, dict.fromkeys(layers, 0.0)
        self._lock = threading.Lock()

    def __call__(self, layer: int, done: int, total: int) -> None:
        with self._lock:
            self._shares[layer] = done / max(1, total)
            self._progress(round(sum(self._shares.values()) * total), len(self._shares) * total)
