"""Whether the time that is told before a run starts is the time that it takes.

    python -m benchmarks.estimates [--corpus PATH/TO/ud_english_ewt] [--only NAME …] [--repeats 1]

Each case is asked of an empty store whose machine was measured: the estimate first, then the run in a process of its own. Prints, a case a
line, the time counted for an idle machine, the range told, the seconds that it took and the factor between the first and the last. A machine
that is busy takes longer than an idle one: the load is printed beside.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cache.store import Store
from pages._home.example import EXAMPLE
from probing import calibration
from probing.estimate import Estimate, estimate
from probing.runs import RunSpec, plan
from probing.settings import Settings

QUICK = {"max_train": 1000, "max_dev": 500, "max_test": 500, "seeds": 1}
SMALL = {"checkpoints": ("minilm-l6",), "max_train": 400, "max_dev": 200, "max_test": 200, "seeds": 1}
CASES: dict[str, dict[str, Any]] = {
    "Home's example": EXAMPLE,
    "quick": EXAMPLE | QUICK,
    "two tasks, three seeds": SMALL | {"tasks": ("upos", "deprel"), "probes": ("linear",), "seeds": 3},
    "a sentence task": SMALL | {"tasks": ("sentence_length",), "probes": ("linear",)},
    "mlp": SMALL | {"tasks": ("upos",), "probes": ("mlp",)},
    "decodability of two layers": SMALL
    | {"tasks": ("upos",), "probes": ("linear",), "measure": "decodability", "layers": (0, 3)},
    "tree probes": SMALL | {"tasks": ("trees",), "probes": ("structural",)},
    "edge probes": SMALL | {"tasks": ("arc_label",), "probes": ("edge",)},
}


@dataclass(frozen=True)
class Found:
    told: Estimate
    seconds: float
    load: float

    @property
    def factor(self) -> float:
        return max(self.seconds / self.told.seconds, self.told.seconds / self.seconds)


def ask(fields: dict[str, Any], rates: str) -> Found:
    """The estimate and the run of a case, in a store of its own that has the machine's `rates`."""
    with tempfile.TemporaryDirectory() as root:
        store = Store(Path(root))
        (store.root / "rates.json").write_text(rates)
        told = estimate(plan(RunSpec.parse(fields), Settings.read()), store)
        load, start = os.getloadavg()[0], time.perf_counter()
        command = [sys.executable, "-m", "probing", "run", "--store", root, "--yes", "--json", *options(fields)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        return Found(told, time.perf_counter() - start, load)


def options(fields: dict[str, Any]) -> list[str]:
    """The fields as the command line has them."""
    singular = {"checkpoints": "checkpoint", "tasks": "task", "probes": "probe"}
    found: list[str] = []
    for name, value in fields.items():
        values = (
            [",".join(map(str, value))]
            if name == "layers"
            else [str(one) for one in (value if isinstance(value, tuple) else (value,))]
        )
        found += [f"--{singular.get(name, name).replace('_', '-')}", *values]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", default="grammar")
    parser.add_argument("--only", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--repeats", type=int, default=1)
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        store = Store(Path(root))
        calibration.calibrate(store, "cpu")
        rates = (store.root / "rates.json").read_text()
    print("| case | counted for an idle machine | told | took | factor | load |\n|---|---|---|---|---|---|")
    for name in parsed.only:
        found = [ask(CASES[name] | {"corpus": parsed.corpus}, rates) for _ in range(parsed.repeats)]
        took = statistics.median(one.seconds for one in found)
        first = found[0].told
        factor = statistics.median(one.factor for one in found)
        print(
            f"| {name} | {first.seconds:.0f} s | {first.time} | {took:.0f} s | {factor:.1f} | {found[0].load:.1f} |", flush=True
        )


if __name__ == "__main__":
    main()
