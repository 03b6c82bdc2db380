"""Every drill, one after the other, and their table; exit 1 where something broke.

make drills                            (or python -m drills [--only kills …] [--seed N] [--write])
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from drills import commands
from drills.drill import Drill, Report, table

PAGE = Path("docs/validation.md")
MARKS = "<!-- drills -->", "<!-- /drills -->"
DRILLS = ("kills", "flips", "hostile", "damage", "full_disk", "other_user", "readers", "queued")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m drills", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=DRILLS, default=DRILLS, metavar="DRILL", help=", ".join(DRILLS))
    parser.add_argument("--seed", type=int, default=0, help="what is drawn: moments, bits, mutations (default: 0)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/validation.md")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "STRATA_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "STRATA_EXAMPLE": "off"}
    commands.warm()
    reports: list[Report] = []
    for name in options.only:
        began = time.monotonic()
        drill: Drill = importlib.import_module(f"drills.{name}").drill
        root = Path(tempfile.mkdtemp(prefix="strata-drill-"))
        try:
            found = drill(root, options.seed)
        finally:
            shutil.rmtree(root, ignore_errors=True)
        reports += found
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        for one in found:
            for line in one.broke:
                print(f"  {one.name}: {line}", file=sys.stderr, flush=True)
    print(table(reports))
    if options.write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
        after = rest.partition(MARKS[1])[2]
        PAGE.write_text(f"{before}{MARKS[0]}\n{table(reports)}\n{MARKS[1]}{after}", encoding="utf-8")
    return int(any(one.broke for one in reports))


if __name__ == "__main__":
    sys.exit(main())
