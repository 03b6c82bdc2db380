"""Every benchmark of the fast core, one after the other, and their table in docs/performance.md.

    make bench CORPUS=PATH/TO/ud_english_ewt

Each runs in a process of its own; the table between the marks of docs/performance.md is replaced by what they measured. With
`--keep FOLDER` their results stay there, and those that are there already are not measured again.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from benchmarks.report import Row, ceiling, markdown

BENCHMARKS = ("extraction", "sweeps", "networks", "scaling")
PAGE = Path("docs/performance.md")
MARKS = "<!-- bench -->", "<!-- /bench -->"


def processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text()) if Path("/proc/cpuinfo").exists() else None
    return found[1] if found else "unknown processor"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--only", nargs="*", choices=BENCHMARKS, default=BENCHMARKS)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        # OpenMP's own default for both sides: with the shorter wait of a worker, one sentence a forward is slower still.
        settings = {"STRATA_STORE": f"{folder}/store", "GOMP_SPINCOUNT": "300000"}
        for name in options.only:
            out = (options.keep or Path(folder)) / f"{name}.json"
            command = [sys.executable, "-m", f"benchmarks.{name}", "--corpus", options.corpus, "--json", str(out)]
            if name == "scaling":
                command += ["--picture", "docs/pictures/cost.png"]
            if not out.exists():
                subprocess.run(command, check=True, env=os.environ | settings)
            rows += [Row(**row) for row in json.loads(out.read_text())["rows"]]
    speed = ceiling()
    table = (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {processor()}, {os.cpu_count()} cores, torch {torch.__version__}; a product of two "
        f"4096 × 4096 matrices reaches {speed['fp32']:,.0f} GFLOP/s in fp32 and {speed['bf16']:,.0f} in bf16.\n\n{markdown(rows)}"
    )
    print(table)
    if set(options.only) == set(BENCHMARKS):
        before, _, rest = PAGE.read_text().partition(MARKS[0])
        PAGE.write_text(f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}")


if __name__ == "__main__":
    main()
