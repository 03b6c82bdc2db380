"""Every benchmark of the fast core, one after the other, and their table in docs/performance.md.

    make bench CORPUS=PATH/TO/ud_english_ewt

Each runs in a process of its own; what they measured replaces the table of this kind of processor in docs/performance.md, which has one for
each kind. With `--keep FOLDER` their results stay there, and those that are there already are not measured again.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from benchmarks.report import Row, ceiling, markdown, processor

BENCHMARKS = ("extraction", "sweeps", "networks", "scaling")
PAGE = Path("docs/performance.md")
EMBEDDED = "grammar"  # the embedded corpus, beside the one of --corpus


def replaced(page: str, kind: str, table: str) -> str:
    """The page with this table as that of the kind; a kind that had none comes after the others."""
    begin, end = f"<!-- bench {kind} -->", "<!-- /bench -->"
    block = f"{begin}\n### {kind}\n\n{table}\n{end}"
    if begin in page:
        before, _, rest = page.partition(begin)
        return before + block + rest.partition(end)[2]
    before, _, rest = page.rpartition(end)
    return f"{before}{end}\n\n{block}{rest}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--only", nargs="*", choices=BENCHMARKS, default=BENCHMARKS)
    parser.add_argument("--keep", type=Path)
    parser.add_argument(
        "--short", action="store_true", help="of linear probes one layer, 1,500 sentences and one seed: 22 problems"
    )
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        # OpenMP's own default for both sides: with the shorter wait of a worker, one sentence a forward is slower still.
        settings = {"STRATA_STORE": f"{folder}/store", "GOMP_SPINCOUNT": "300000"}
        for name in options.only:
            out = (options.keep or Path(folder)) / f"{name}.json"
            command = [sys.executable, "-m", f"benchmarks.{name}", "--corpus", options.corpus, "--json", str(out)]
            if name == "sweeps" and options.short:
                command += ["--layers", "3", "--max-train", "1500", "--seeds", "1"]
            if name == "scaling":
                command += ["--picture", "docs/pictures/cost.png"]
            if not out.exists():
                subprocess.run(command, check=True, env=os.environ | settings)
            if name == "sweeps":
                rows += single(options.corpus, Path(folder), settings)
            rows += [Row(**row) for row in json.loads(out.read_text())["rows"]]
    speed, (name, kind) = ceiling(), processor()
    table = (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {name}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, "
        f"load {os.getloadavg()[0]:.1f}, torch {torch.__version__}; a product of two "
        f"4096 × 4096 matrices reaches {speed['fp32']:,.0f} GFLOP/s in fp32 and {speed['bf16']:,.0f} in bf16.\n\n{markdown(rows)}"
    )
    print(table)
    if set(options.only) == set(BENCHMARKS):
        PAGE.write_text(replaced(PAGE.read_text(), kind, table))


def single(corpus: str, folder: Path, settings: dict[str, str]) -> list[Row]:
    """One fit on the embedded corpus, as many sentences as New run's quick preset takes, and on the other one."""
    rows: list[Row] = []
    for place, text in enumerate((EMBEDDED, corpus)):
        out = folder / f"single-{place}.json"
        command = [
            sys.executable,
            "-m",
            "benchmarks.sweeps",
            "--single",
            "--corpus",
            text,
            "--max-train",
            "1000",
            "--json",
            str(out),
        ]
        subprocess.run(command, check=True, env=os.environ | settings)
        rows += [Row(**row) for row in json.loads(out.read_text())["rows"]]
    return rows


if __name__ == "__main__":
    main()
