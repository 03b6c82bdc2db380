"""The light process that starts a worker for each queued job of a device, one after another, then ends.

`python -m probing.execution.supervisor --store DIR --device DEVICE`. One a device and store (a file lock says so). It
lives in a session of its own, so jobs go on when the page, the server or the terminal that asked is closed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from cache.locks import FileLock
from cache.store import Store

HANDOVER = 3.0  # seconds to wait for a supervisor that is just ending: a job queued at that moment must not be left


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m probing.execution.supervisor")
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--device", required=True)
    options = parser.parse_args(arguments)
    store = Store(options.store)
    lock = FileLock(store.locks / f"supervisor-{options.device.replace(':', '-')}.lock")
    deadline = time.monotonic() + HANDOVER
    while not lock.acquire(blocking=False):
        if time.monotonic() > deadline:
            return 0
        time.sleep(0.1)
    try:
        while any(job.state == "queued" and job.device == options.device for job in store.jobs.live()):
            run_one(options.store, options.device)
            store.jobs.sweep()
    finally:
        lock.release()
    return 0


def run_one(store: Path, device: str) -> int:
    """Start a worker in a process group of its own and wait for its end, however it ends."""
    command = [sys.executable, "-m", "probing.execution.worker", "--store", str(store), "--device", device]
    return subprocess.Popen(
        command, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ).wait()


if __name__ == "__main__":
    sys.exit(main())
