"""From the button to the first curve: what Home asks, in an empty store, then once more.

    .venv/bin/python -m benchmarks.first_curve [--repeats 3]

Each repeat submits the run to an empty store as the button does (first layer: until a page could draw a point; cold: until the run is done, both
with the worker's start), then asks the same on the command line (second time). Prints medians in seconds, and the load of the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cache.store import Store
from probing.execution import live, queue
from probing.runs import RunSpec, plan
from probing.settings import Settings

# What the button on Home asks.
QUESTION = "run --checkpoint minilm-l6 --corpus grammar --task upos --probe linear --seeds 1"
LIMITS = "--max-train 1000 --max-dev 500 --max-test 500"
ASK = [*QUESTION.split(), *LIMITS.split(), "--json"]
PRESSED = {
    "checkpoints": ("minilm-l6",),
    "corpus": "grammar",
    "tasks": ("upos",),
    "probes": ("linear",),
    "seeds": 1,
    "max_train": 1000,
    "max_dev": 500,
    "max_test": 500,
}
LOOK = 0.05  # seconds between two looks


def press(root: str) -> tuple[float, float]:
    """Seconds from the button to the first layer that a page can draw, and to the end of the run."""
    os.environ["STRATA_STORE"] = root
    start = time.perf_counter()
    store, first = Store(Path(root)), None
    job = queue.submit(plan(RunSpec.parse(PRESSED), Settings.read()), store)
    while job.state in ("queued", "running"):
        time.sleep(LOOK)
        if first is None and (found := live.read(store, job.run)) is not None and found.count()[0]:
            first = time.perf_counter() - start
            print(f"first layer {first:.1f} s (load {os.getloadavg()[0]:.1f})", flush=True)
        job = store.jobs.get(job.run) or job
    if job.state != "done" or first is None:
        raise SystemExit(f"The run ended as {job.state}: {job.message}")
    return first, time.perf_counter() - start


def ask(store: str) -> tuple[float, dict[str, object]]:
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "probing", *ASK],
        env=os.environ | {"STRATA_STORE": store},
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - start, json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    firsts, cold, warm = [], [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as store:
            first, seconds = press(store)
            again, second = ask(store)
            assert second["forward_passes"] == 0
            firsts.append(first)
            cold.append(seconds)
            warm.append(again)
            load = os.getloadavg()[0]
            print(
                f"first layer {first:.1f} s, cold {seconds:.1f} s, second time {again:.2f} s, 0 forward passes (load {load:.1f})",
                flush=True,
            )
    middle = [statistics.median(one) for one in (firsts, cold, warm)]
    print("median: first layer {:.1f} s, cold {:.1f} s, second time {:.2f} s".format(*middle))


if __name__ == "__main__":
    main()
