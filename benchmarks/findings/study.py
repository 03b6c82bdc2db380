"""What the example study says: the findings of the reports of its runs, trainings and comparisons, as a part of docs/findings.md.

    python -m benchmarks.findings.study [--bundle probing/bundles/example.strata]

Writes the part anew from the bundle, so that its figures are those of the study which ships; `tests/integration/test_study.py` compares them.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from cache.store import Store
from probing.bundles import example
from probing.records import names, stored
from probing.reports.report import report
from probing.settings import Settings

PAGE = Path("docs/findings.md")
BUNDLE = Path("probing/bundles/example.strata")
MOST = 1000  # jobs read
BEGIN, END = "<!-- study -->", "<!-- /study -->"


def part(bundle: Path) -> str:
    """A heading and the findings of each answer of the study, the oldest first. Of a comparison that repeats another one's sentence nothing is said
    twice."""
    settings = replace(Settings.read(), example=bundle)
    lines = [
        "## The example study",
        "",
        "What the study that ships with Strata says (`make example`, then `python -m benchmarks.findings.study`): the findings of the reports of its "
        "answers, oldest first: runs, then trainings and comparisons. Its runs are smaller than those above.",
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), below=example.study(settings))
        answers = [(job.run, job.label) for job in store.jobs.recent(MOST) if job.state == "done" and job.kind != "run"]
        answers += [(record.run, record.label) for record in stored.runs(store)]
        for run, label in reversed(answers):
            found = report(store, [run], example.of_results(store, settings)).of_kind("bullets")
            said = [item for bullets in found if bullets.role == "finding" for item in bullets.items]
            new = [f"- {line}" for item in said for line in item.splitlines() if f"- {line}" not in lines]
            lines += ["", f"**{label}**", "", *new] if new else []
        called = {name: one.nickname for name, one in names.of_store(store).items() if one.nickname != name}
    return names.renamed("\n".join(lines), called)


def replaced(page: str, text: str) -> str:
    """The page with the part between its marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=BUNDLE)
    PAGE.write_text(replaced(PAGE.read_text(), part(parser.parse_args().bundle)))


if __name__ == "__main__":
    main()
