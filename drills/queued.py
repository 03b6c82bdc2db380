"""Three hundred jobs that wait: the pages that show them open as fast as without."""

from __future__ import annotations

from pathlib import Path

from cache.store import Store
from drills import pages
from drills.drill import Report
from tests import damages

JOBS = 300
WITHIN = 1.0  # seconds of an opening, the quickest of three
PAGES = ("home", "new_run", "fine_tune", "layers", "store", "compare", "checkpoints")


def drill(root: Path, seed: int) -> list[Report]:  # noqa: ARG001
    known = damages.fill(root / "store")
    store = Store(root / "store")
    for number in range(JOBS):
        store.jobs.submit(
            f"job{number}", damages.SPEC | {"seed": number}, f"job {number}", kind="run" if number % 3 else "comparison"
        )
    report = Report(f"{JOBS} jobs that wait", f"each page opens within {WITHIN:.0f} s")
    pages.prepare()
    for page in PAGES:
        pages.open_page(page, root / "store", {})  # imports what it needs
        with report.attempt(page):
            found = [pages.open_page(page, root / "store", pages.address(page, known)) for _ in range(3)]
            assert not any(one.tracebacks for one in found), found[0].tracebacks
            quickest = min(one.seconds for one in found)
            if quickest > WITHIN:
                report.slow.append(f"{page} {quickest:.2f} s")
    return [report]
