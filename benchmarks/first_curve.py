"""From the button to the first curve: the default question in a fresh store, then once more.

    .venv/bin/python -m benchmarks.first_curve [--repeats 3]

Each repeat starts a new process in an empty store (cold), then asks the same again (second time). Prints medians in seconds.
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

# What the button on Home asks.
QUESTION = "run --checkpoint minilm-l6 --corpus grammar --task upos --probe linear --seeds 1"
LIMITS = "--max-train 1000 --max-dev 500 --max-test 500"
ASK = [*QUESTION.split(), *LIMITS.split(), "--json"]


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
    cold, warm = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as store:
            seconds, answer = ask(store)
            cold.append(seconds)
            again, second = ask(store)
            warm.append(again)
            assert second["forward_passes"] == 0
            print(f"cold {seconds:.1f} s {answer['seconds']}, second time {again:.2f} s, 0 forward passes", flush=True)
    print(f"median: cold {statistics.median(cold):.1f} s, second time {statistics.median(warm):.2f} s")


if __name__ == "__main__":
    main()
