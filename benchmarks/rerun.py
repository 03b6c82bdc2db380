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
from typing import TYPE_CHECKING, Any

from pages._effort import budget

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
    from tests.app.opening import open_page
    from tests.planted import curves, finished

    PagesManager.uses_pages_directory = False
    finished.TASKS |= {f"feats:F{i}": ("syntax", "word", ("A", "B", "C")) for i in range(7)}
    depths = {f"checkpoint-{i}": 12 for i in range(6)}
    run = finished.fill(Store(folder), depths=depths, tasks=tuple(finished.TASKS))
    app = open_page("layers", run=run)
    steps = {
        "another measure": lambda i: app.segmented_control(key="measure").set_value(["loss", "macro_f1"][i % 2]),
        "another task": lambda i: app.selectbox(key="task").set_value(["upos", "feats:F3"][i % 2]),
        "a cell opened": lambda i: app.selectbox(key="layer").set_value([3, 9][i % 2]),
    }
    timed(app, steps, repeats)
    for count in (2, 4):
        run = curves.fill(Store(folder), f"of {count}", depths={f"checkpoint-{i}": 12 for i in range(count)})
        moved(open_page("effort", run=run, task="upos"), f"{count} × 13 layers", repeats)


def moved(app: AppTest, of: str, repeats: int) -> None:
    moves = {
        f"another n, {of}": lambda i: app.select_slider(key="n").set_value([64, 1024][i % 2]),
        f"another ε, {of}": lambda i: app.slider(key="bits").set_value([0.7, 0.9][i % 2]),
    }
    timed(app, moves, repeats, budget.budget)


def timed(app: AppTest, steps: dict[str, Callable[[int], object]], repeats: int, fragment: Any = None) -> None:
    """The whole page is run each time; with a `fragment` its own share is told too, which is all that a browser waits for."""
    for name, change in steps.items():
        times, own = [], []
        for i in range(repeats + 1):
            change(i)
            start = time.perf_counter()
            with Stopwatch(fragment) as watch:
                app.run()
            times.append(1000 * (time.perf_counter() - start))
            own.append(1000 * watch.seconds)
        assert not app.exception
        times, own = times[1:], own[1:]  # the first reads from disk
        part = f"; of it the fragment {statistics.median(own):.0f} ms" if fragment else ""
        print(f"{name}: median {statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f}, {repeats} reruns){part}")


class Stopwatch:
    """Seconds spent in a function of a module while it is open."""

    def __init__(self, function: Any) -> None:
        self.seconds, self._function = 0.0, function

    def __enter__(self) -> Stopwatch:
        def watched(*given: Any) -> Any:
            start = time.perf_counter()
            try:
                return self._function(*given)
            finally:
                self.seconds += time.perf_counter() - start

        if self._function is not None:
            budget.budget = watched
        return self

    def __exit__(self, *_: object) -> None:
        if self._function is not None:
            budget.budget = self._function


if __name__ == "__main__":
    main()
