"""A full store in a browser: how long each page takes to load, and whether the server's memory grows with its visitors.

    python -m benchmarks.page_loads [--runs 300] [--repeats 5] [--sessions 200]

The store has planted runs (tests/planted), the server and Chromium are real. A page is loaded in a session of its own, by a browser that has
seen the app before: milliseconds from the address to the end of its script, by the browser's own clock. This machine is measured
(probing.calibration) before the first of them, since an unmeasured one is measured meanwhile. Then as many visitors come one after another:
each opens Layers in a new browser and leaves. Prints the server's resident memory after the first tenth of them, at half and at the end.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import BrowserContext, sync_playwright

from cache.store import Store
from tests.app.serving import serving
from tests.e2e.conftest import FLAGS, chromium
from tests.planted import curves, finished

PAGES = (
    "",
    "overview",
    "layers",
    "compare",
    "sentence",
    "trees",
    "effort",
    "new_run",
    "fine_tune",
    "distil",
    "predict",
    "checkpoints",
    "corpora",
    "history",
    "store",
)
DONE = "[data-testid='stApp'][data-test-script-state='notRunning']"
DRAWN = "[data-testid='stMainBlockContainer'] :is(h1, h2)"


def load(context: BrowserContext, address: str) -> float:
    """Milliseconds until a page's script has run to its end, in a session of its own."""
    page = context.new_page()
    page.set_default_timeout(120_000)
    try:
        start = time.perf_counter()
        page.goto(address)
        page.wait_for_selector(DRAWN, state="attached")
        page.wait_for_selector(DONE, state="attached")
        return 1000 * (time.perf_counter() - start)
    finally:
        page.close()


def resident(store: Path) -> float:
    """MB of the server over this store, without the processes that it starts."""
    servers = [
        one for one in psutil.process_iter(["cmdline", "memory_info"]) if "streamlit" in " ".join(one.info["cmdline"] or ())
    ]
    mine = [one for one in servers if str(store) in one.environ().get("STRATA_STORE", "")]
    return max(one.info["memory_info"].rss for one in mine) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--pages", nargs="*", choices=PAGES, default=PAGES, help="all by default; none: only the memory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        store = Path(folder) / "store"
        for number in range(options.runs):
            (curves.fill if number % 10 == 0 else finished.fill)(Store(store), f"run {number}")
        with serving(store) as address, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium(), args=FLAGS)
            known = browser.new_context(viewport={"width": 1440, "height": 900})
            load(known, address)  # the server's own first imports
            while not (store / "rates.json").exists():
                time.sleep(1)
            for name in options.pages:
                times = [load(known, f"{address}/{name}") for _ in range(options.repeats)]
                print(
                    f"{name or 'home'}: median {statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f})",
                    flush=True,
                )
            marks = {options.sessions // 10, options.sessions // 2, options.sessions}
            for count in range(1, options.sessions + 1):
                visitor = browser.new_context(viewport={"width": 1440, "height": 900})
                load(visitor, f"{address}/layers")
                visitor.close()
                if count in marks:
                    print(f"after {count} sessions: {resident(store):.0f} MB", flush=True)
            browser.close()


if __name__ == "__main__":
    main()
