"""Server time of a rerun of the Layers page on 6 checkpoints × 10 tasks × 13 layers of results.

    python -m benchmarks.rerun [--repeats 15]

The results are planted (the page does not know), the page is the real one, run by Streamlit's own test harness. Prints the median
and the range in milliseconds for a change of measure, of task, and for an opened cell.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path


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
    from tests.app import planted
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
    for name, change in steps.items():
        times = []
        for i in range(repeats):
            change(i)
            start = time.perf_counter()
            app.run()
            times.append(1000 * (time.perf_counter() - start))
        assert not app.exception
        print(f"{name}: median {statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f}, {repeats} reruns)")


if __name__ == "__main__":
    main()
