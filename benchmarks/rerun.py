"""Server time of every exploring page on 6 checkpoints × 10 tasks × 13 layers of results: the first run, and reruns.

    python -m benchmarks.rerun [--repeats 9] [--pages layers,effort]

The results are planted (the pages do not know), the pages are the real ones, run by Streamlit's own test harness. Prints for each page the first run
of a session, with nothing read before, then for each change of a control the median of the reruns and the first of them, in milliseconds.
A browser waits for a moved slider of Effort no longer than its fragment takes, which is printed too. Trees has one task, and no section with vectors.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from cache.store import Store

LAYERS = 12
NAMES = tuple(f"checkpoint-{number}" for number in range(6))
Steps = dict[str, Callable[[Any, int], object]]
PAGES: dict[str, tuple[dict[str, str], Steps]] = {
    "overview": ({}, {"nothing changed": lambda _app, _i: None}),
    "layers": (
        {"task": "upos"},
        {
            "another measure": lambda app, i: app.segmented_control(key="measure").set_value(["loss", "macro_f1"][i % 2]),
            "another task": lambda app, i: app.selectbox(key="selected-task").set_value(["upos", "feats:F3"][i % 2]),
            "a cell opened": lambda app, i: app.selectbox(key="layer").set_value([3, 9][i % 2]),
        },
    ),
    "compare": (
        {"task": "upos"},
        {
            "another task": lambda app, i: app.selectbox(key="selected-task").set_value(["feats:F3", "upos"][i % 2]),
            "another layer": lambda app, i: app.selectbox(key="at").set_value([3, 9][i % 2]),
        },
    ),
    "trees": (
        {"section": "Numbers"},
        {"another measure": lambda app, i: app.segmented_control(key="by").set_value(["dspr", "uuas"][i % 2])},
    ),
    "effort": (
        {"task": "upos"},
        {
            "another n": lambda app, i: app.select_slider(key="n").set_value([64, 1024][i % 2]),
            "another ε": lambda app, i: app.slider(key="bits").set_value([0.7, 0.9][i % 2]),
            "another section": lambda app, i: app.segmented_control(key="section").set_value(["Ranks", "Loss by items"][i % 2]),
        },
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--pages", default=",".join(PAGES))
    options = parser.parse_args()
    for page in options.pages.split(","):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["STRATA_STORE"] = folder
            measure(page, Path(folder), options.repeats)


def fill(store: Store, page: str) -> None:
    """A run of 6 checkpoints and their random baselines with what the page reads."""
    from tests.planted import curves, finished

    finished.TASKS |= {f"feats:F{number}": ("syntax", "word", ("A", "B", "C")) for number in range(7)}
    depths = dict.fromkeys(NAMES, LAYERS)
    if page == "trees":
        trees(store)
    elif page == "effort":
        curves.fill(store, depths=depths, tasks=tuple(finished.TASKS))
    else:
        finished.fill(store, depths=depths, tasks=tuple(finished.TASKS))


def trees(store: Store) -> None:
    """Rows of structural probes."""
    from tests.planted import record

    run, draw = record.PlantedRun(store, "trees"), np.random.default_rng(0)
    checkpoints = [record.checkpoint(name, LAYERS) for name in NAMES]
    for entry in checkpoints:
        rows = []
        for layer, split, metric in product(range(LAYERS + 1), ("dev", "test"), ("uuas", "dspr", "root_accuracy", "nspr")):
            value = float(draw.uniform(0.5, 0.9))
            score = {"value": value, "lower": value - 0.02, "upper": value + 0.02, "n": 500, "unit": "fraction"}
            rows.append({"layer": layer, "split": split, "metric": metric} | score)
        run.cell(entry.name, "trees", "structural", rows, pd.DataFrame({"split": ["test"], "sentence": [0]}))
    text = pd.DataFrame([{"split": "test", "sentence": 0, "id": "0", "forms": ["a", "b"], "heads": [2, 0], "upos": ["X", "X"]}])
    run.save(
        "planted trees",
        {"probes": ("structural",), "tasks": ("trees",)},
        [record.task("trees", "syntax", "tree", ())],
        checkpoints,
        text,
    )


def measure(page: str, folder: Path, repeats: int) -> None:
    from streamlit.components.v2 import manifest_scanner
    from streamlit.runtime.pages_manager import PagesManager

    from cache.store import Store
    from pages.shared import frame
    from probing.execution import queue
    from tests.app.opening import open_page

    PagesManager.uses_pages_directory = False
    manifest_scanner.scan_component_manifests = list  # the harness looks through every package at each run, a server once
    queue._calibrate = lambda *_: None  # type: ignore[assignment]
    watch = Stopwatch(frame.fragment)
    frame.fragment = watch.fragment  # type: ignore[assignment]
    fill(Store(folder), page)
    address, steps = PAGES[page]
    open_page("corpora")  # what every page imports
    start = time.perf_counter()
    app = open_page(page, **address, **{"base": NAMES[0], "with": list(NAMES[1:])})  # type: ignore[arg-type]
    print(f"{page}: first run {1000 * (time.perf_counter() - start):.0f} ms", flush=True)
    for name, change in steps.items():
        timed(app, name, change, repeats, watch)
    frame.fragment = watch.plain


def timed(app: AppTest, name: str, change: Callable[[AppTest, int], object], repeats: int, watch: Stopwatch) -> None:
    """The whole page is run each time; the first rerun may read from disk, and counts by itself."""
    times, own = [], []
    for number in range(repeats + 1):
        change(app, number)
        watch.seconds, start = 0.0, time.perf_counter()
        app.run()
        times.append(1000 * (time.perf_counter() - start))
        own.append(1000 * watch.seconds)
        assert not app.exception, app.exception
    first, *rest = times
    part = f"; of it the fragment {statistics.median(own[1:]):.0f} ms" if max(own) else ""
    print(
        f"  {name}: median {statistics.median(rest):.0f} ms ({min(rest):.0f} to {max(rest):.0f}, {repeats} reruns), first {first:.0f} ms{part}",
        flush=True,
    )


class Stopwatch:
    """Seconds spent in fragments, not counting one inside another twice."""

    def __init__(self, plain: Any) -> None:
        self.seconds, self.plain, self._inside = 0.0, plain, False

    def fragment(self, function: Any, **more: Any) -> Any:
        def watched(*given: Any) -> Any:
            if self._inside:
                return function(*given)
            self._inside, start = True, time.perf_counter()
            try:
                return function(*given)
            finally:
                self._inside = False
                self.seconds += time.perf_counter() - start

        return self.plain(watched, **more)


if __name__ == "__main__":
    main()
