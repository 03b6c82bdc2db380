"""The light process that starts a worker for each queued job of a device, one after another, then ends.

`python -m probing.execution.supervisor --store DIR --device DEVICE [--wait SECONDS]`: the first worker may be there before its job.
One a device and store (a file lock says so). It lives in a session of its own, so jobs go on when the page, the server or the terminal that
asked is closed.
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path

from cache.locks import FileLock
from cache.store import Store
from probing.execution.detached import detached

HANDOVER = 3.0  # seconds to wait for a supervisor that is just ending: a job queued at that moment must not be left


def lock_of(store: Store, device: str) -> FileLock:
    """What the supervisor of a device holds while it lives; the kernel lets go when it is killed."""
    return FileLock(store.locks / f"supervisor-{device.replace(':', '-')}.lock")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m probing.execution.supervisor")
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--device", required=True)
    parser.add_argument("--wait", type=float, default=0.0)
    options = parser.parse_args(arguments)
    store = Store(options.store)
    lock = lock_of(store, options.device)
    deadline = time.monotonic() + HANDOVER
    while not lock.acquire(blocking=False):
        if time.monotonic() > deadline:
            return 0
        time.sleep(0.1)
    # The log gets what a worker says before it has a job, whose own log it writes from then on.
    start = partial(detached, "probing.execution.worker", store, options.device, store.logs / "workers.log")
    try:
        if options.wait:
            start(["--wait", str(options.wait)]).wait()
            store.jobs.sweep()
        while waiting := [job for job in store.jobs.live() if job.state == "queued" and job.device == options.device]:
            status = start().wait()
            store.jobs.sweep()
            first, again = waiting[0], store.jobs.get(waiting[0].run)
            # Asked for once and still waiting (one that was cancelled and resumed meanwhile was asked for later).
            untouched = again is not None and again.state == "queued" and again.created == first.created
            if status and untouched:
                # Its worker ended before it could take the job up: another would too, and so on for ever.
                said = "Its worker could not start: see workers.log in the store's logs, then try again."
                store.jobs.finish(first.run, "failed", said)
    finally:
        lock.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
