"""From the button to the first curve: what Home asks, in an empty store, then once more.

    .venv/bin/python -m benchmarks.first_curve [--repeats 3] [--read 10]

Each repeat makes ready what Home makes ready, waits as somebody who reads the page does, submits the run to an empty store as the button does
(first layer: until a page could draw a point; cold: until the run is done), then asks the same on the command line (second time). Prints
medians in seconds, and the load of the machine. `--beside N` keeps N other processes at work meanwhile, each on one thread.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cache.store import Store
from pages._home.example import EXAMPLE, planned
from probing.execution import live, queue
from probing.settings import Settings

ASK = [
    "run",
    "--checkpoint",
    *EXAMPLE["checkpoints"],
    "--corpus",
    EXAMPLE["corpus"],
    "--task",
    *EXAMPLE["tasks"],
    "--probe",
    *EXAMPLE["probes"],
]
for name in ("seeds", "max_train", "max_dev", "max_test"):
    ASK += [f"--{name.replace('_', '-')}", str(EXAMPLE[name])]
ASK.append("--json")
LOOK = 0.05  # seconds between two looks


def press(root: str, read: float) -> tuple[float, float]:
    """Seconds from the button to the first layer that a page can draw, and to the end of the run; `read` seconds after the page opened."""
    os.environ["STRATA_STORE"] = root
    store, first = Store(Path(root)), None
    if read:
        queue.stand_by(store, planned(Settings.read()).device)
        time.sleep(read)
    start = time.perf_counter()
    job = queue.submit(planned(Settings.read()), store)
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


@contextlib.contextmanager
def others(count: int) -> Iterator[None]:
    """`count` processes that multiply matrices, each on one thread, for as long as the block lasts."""
    work = "import numpy as np\nx = np.ones((500, 500), np.float32)\nwhile True: x @ x"
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    started = [subprocess.Popen([sys.executable, "-c", work], env=environment) for _ in range(count)]
    try:
        yield
    finally:
        for one in started:
            one.kill()
            one.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--read", type=float, default=10.0, help="seconds between the page and the press; 0: nothing is made ready"
    )
    parser.add_argument("--beside", type=int, default=0, help="other processes at work meanwhile")
    options = parser.parse_args()
    firsts, cold, warm = [], [], []
    for _ in range(options.repeats):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as store, others(options.beside):
            first, seconds = press(store, options.read)
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
