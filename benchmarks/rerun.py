"""Server time of a rerun: of the Layers page on 6 checkpoints × 10 tasks × 13 layers of results, of Decodability on 4 × 13.

    python -m benchmarks.rerun [--repeats 15]

The results are planted (the page does not know), the page is the real one, run by Streamlit's own test harness. Prints the median
and the range in milliseconds for a change of measure, of task, and for an opened cell; then for a moved n and a moved ε.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STRATA_STORE"] = folder
        measure(repeats, Path(folder))


def measure(repeats: int, folder: Path) -> None:
    from streamlit.runtime.pages_manager import PagesManager

    from cache.store import Store
    from tests.app import planted, planted_curves
    from tests.app.opening import open_page

    PagesManager.uses_pages_directory = False
    planted.TASKS |= {f"feats:F{i}": ("syntax", "word", ("A", "B", "C")) for i in range(7)}
    depths = {f"checkpoint-{i}": 12 for i in range(6)}
    run = planted.fill(Store(folder), depths=depths, tasks=tuple(planted.TASKS))
    app = open_page("layers", run=run)
    steps = {
        "another measure": lambda i: app.segmented_control(key="measure").set_value(["loss", "macro_f1"][i % 2]),
        "another task": lambda i: app.selectbox(key="task").set_value(["upos", "feats:F3"][i % 2]),
        "a cell opened": lambda i: app.selectbox(key="layer").set_value([3, 9][i % 2]),
    }
    timed(app, steps, repeats)
    depths = {f"checkpoint-{i}": 12 for i in range(4)}
    app = open_page("decodability", run=planted_curves.fill(Store(folder), depths=depths), task="upos")
    moves = {
        "another n": lambda i: app.select_slider(key="n").set_value([64, 1024][i % 2]),
        "another ε": lambda i: app.slider(key="epsilon").set_value([0.7, 0.9][i % 2]),
    }
    timed(app, moves, repeats)


def timed(app: AppTest, steps: dict[str, Callable[[int], object]], repeats: int) -> None:
    """The whole page is run each time; in a browser a fragment alone is."""
    for name, change in steps.items():
        times = []
        for i in range(repeats + 1):
            change(i)
            start = time.perf_counter()
            app.run()
            times.append(1000 * (time.perf_counter() - start))
        assert not app.exception
        times = times[1:]  # the first reads from disk
        print(f"{name}: median {statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f}, {repeats} reruns)")


if __name__ == "__main__":
    main()
