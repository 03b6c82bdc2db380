"""The process that carries out one job: `python -m probing.execution.worker --store DIR --device DEVICE [--wait SECONDS]`.

It claims the oldest queued job of its device, tells its progress to the store, and ends. Where it may wait for a job, it imports meanwhile
what takes seconds to import. Ending its process group
cancels it and gives the device's memory back; what it had finished stays in the store.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cache import eviction
from cache.errors import StoreError
from cache.jobs import DAMAGED, Job
from cache.store import Store
from probing import threads
from probing.calibration import Rates, calibrate
from probing.errors import BadInput, Request, one_line
from probing.execution import queue

if TYPE_CHECKING:
    from probing.execution.progress import Progress, Whole
    from probing.settings import Settings

LOOK = 0.1  # seconds between two looks for a job
BEAT = 2.0  # seconds between signs of life, which long fits do not give by themselves


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m probing.execution.worker")
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--device", required=True)
    parser.add_argument("--wait", type=float, default=0.0)
    options = parser.parse_args(arguments)
    store = Store(options.store)
    job = store.jobs.claim(options.device) if not options.wait else _awaited(store, options.device, options.wait)
    if job is None:
        return 0
    log = os.open(store.jobs.log_path(job.run), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    status = work(job, store)
    with contextlib.suppress(StoreError):
        queue.wake(store)  # its supervisor may have been killed meanwhile
    return status


def _awaited(store: Store, device: str, seconds: float) -> Job | None:
    """The first job of the device that is queued within so many seconds; None where none is, or the store is gone."""
    deadline = time.monotonic() + seconds
    _import_ahead()
    while time.monotonic() < deadline and store.root.exists():
        with contextlib.suppress(StoreError):
            if (job := store.jobs.claim(device)) is not None:
                return job
        time.sleep(LOOK)
    return None


def _import_ahead() -> None:
    """What a run imports before it reads its first sentence. What is wrong with the settings is said once there is a job."""
    from probing.settings import Settings

    with contextlib.suppress(BadInput):
        threads.limit(Settings.read().threads)
    import transformers.modeling_utils  # noqa: F401

    import probing.execution.engine
    import probing.extraction.extract
    import probing.probes.linear  # noqa: F401


def work(job: Job, store: Store) -> int:
    """Carry out a claimed job and write how it ended: a user's mistake in one sentence, anything else into the log."""
    done = threading.Event()
    threading.Thread(target=_beat, args=(store, job.run, done), daemon=True).start()
    try:
        from probing.settings import Settings

        if job.state == DAMAGED:
            raise BadInput(job.message)
        settings = Settings.read()
        threads.limit(settings.threads)
        _carry_out(job, store, settings, partial(tell, store, job.run))
    except (BadInput, StoreError) as error:
        print(error, flush=True)
        give_up(store, job.run, one_line(error))
        return 2
    except Exception as error:
        traceback.print_exc()
        give_up(store, job.run, failure(error))
        return 1
    finally:
        done.set()
    store.jobs.finish(job.run, "done")
    if Rates.read(store.root, job.device).measured:
        calibrate(store, job.device)  # once more, where it was measured beside other work and the machine is idle now
    evict(store, settings.store_limit_bytes)
    return 0


def _carry_out(job: Job, store: Store, settings: Settings, progress: Progress) -> None:
    """Plan the job anew and carry it out. Raises BadInput where it is another question by now."""
    from probing import comparisons, distillations, runs, sweeps
    from probing.execution import comparison, engine, lab
    from probing.tuning.specs import DistillSpec

    kinds: dict[str, tuple[type[Request], Callable[..., Any], Callable[..., Any]]] = {
        "run": (runs.RunSpec, runs.plan, engine.execute),
        "comparison": (comparisons.ComparisonSpec, comparisons.plan, comparison.execute),
        "sweep": (sweeps.SweepSpec, sweeps.plan, partial(lab.sweep, settings=settings)),
        "distillation": (DistillSpec, distillations.plan, partial(lab.distil, settings=settings)),
    }
    spec, plan, execute = kinds[job.kind]
    planned = plan(spec.parse(job.spec), settings)
    if planned.run != job.run:
        raise BadInput(
            f"The data or a checkpoint changed since this {job.kind} was asked for: start it again as a new {job.kind}."
        )
    execute(planned, store, progress)


def tell(store: Store, run: str, stage: str, done: int, total: int, whole: Whole | None = None) -> None:
    """Say how far a job is. A disk too full for a line of progress will stop the work itself soon enough, and with its reason."""
    with contextlib.suppress(StoreError):
        store.jobs.progress(run, stage, done, total, whole=whole)


def give_up(store: Store, run: str, message: str) -> None:
    """End a job as failed. Where even that cannot be written, the next sweep finds it interrupted, and the log has the reason."""
    with contextlib.suppress(StoreError):
        store.jobs.finish(run, "failed", message)


def evict(store: Store, limit: int) -> None:
    """Keep the store under its limit, the least recently used activations first; what another job reads stays."""
    with contextlib.suppress(StoreError):
        eviction.evict(store, limit)


def failure(error: Exception) -> str:
    """One sentence for an error that is nobody's input."""
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return "The machine ran out of memory: ask for fewer sentences (max train) or fewer checkpoints, then resume."
    if isinstance(error, OSError) and error.errno == 28:
        return "The disk is full: free space or evict on the Store page, then resume; what was finished is kept."
    return f"Stopped by an unexpected error ({type(error).__name__}: {' '.join(str(error).split())[:200]}); what was finished is kept."


def _beat(store: Store, run: str, done: threading.Event) -> None:
    while not done.wait(BEAT):
        with contextlib.suppress(StoreError):
            store.jobs.beat(run)


if __name__ == "__main__":
    sys.exit(main())
