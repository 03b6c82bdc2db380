"""The process that carries out one job: `python -m probing.execution.worker --store DIR --device DEVICE`.

It claims the oldest queued job of its device, tells its progress to the store, and ends. Ending its process group
cancels it and gives the device's memory back; what it had finished stays in the store.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import traceback
from pathlib import Path

from cache.errors import StoreError
from cache.jobs import Job
from cache.store import Store
from probing.errors import BadInput

BEAT = 2.0  # seconds between signs of life, which long fits do not give by themselves


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m probing.execution.worker")
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--device", required=True)
    options = parser.parse_args(arguments)
    store = Store(options.store)
    job = store.jobs.claim(options.device)
    if job is None:
        return 0
    log = os.open(store.jobs.log_path(job.run), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    return work(job, store)


def work(job: Job, store: Store) -> int:
    """Carry out a claimed job and write how it ended: a user's mistake in one sentence, anything else into the log."""
    done = threading.Event()
    threading.Thread(target=_beat, args=(store, job.run, done), daemon=True).start()
    try:
        from probing.execution.engine import execute
        from probing.runs import RunSpec, plan
        from probing.settings import Settings

        settings = Settings.read()
        planned = plan(RunSpec.parse(job.spec), settings)
        if planned.run != job.run:
            raise BadInput("The data or a checkpoint changed since this run was asked for: start it again as a new run.")
        execute(planned, store, lambda stage, n, total: store.jobs.progress(job.run, stage, n, total))
    except (BadInput, StoreError) as error:
        print(error, flush=True)
        store.jobs.finish(job.run, "failed", str(error))
        return 2
    except Exception as error:
        traceback.print_exc()
        store.jobs.finish(job.run, "failed", failure(error))
        return 1
    finally:
        done.set()
    store.jobs.finish(job.run, "done")
    return 0


def failure(error: Exception) -> str:
    """One sentence for an error that is nobody's input."""
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return "The machine ran out of memory: ask for fewer sentences (max train) or fewer checkpoints, then resume."
    if isinstance(error, OSError) and error.errno == 28:
        return "The disk is full: free space or evict on the Store page, then resume; what was finished is kept."
    return f"Stopped by an unexpected error ({type(error).__name__}); the log tells more, and what was finished is kept."


def _beat(store: Store, run: str, done: threading.Event) -> None:
    while not done.wait(BEAT):
        store.jobs.beat(run)


if __name__ == "__main__":
    sys.exit(main())
