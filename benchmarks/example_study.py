"""The example study: real runs of a base, its fine-tunings and a student, as the bundle that ships with Strata.

    python -m benchmarks.example_study --data FOLDER [--out probing/bundles/example.strata] [--smoke]

FOLDER holds snips_nlu (CC0: its sentences may be shipped); the other text is the embedded grammar. Trainings are those of docs/findings.md, so their
figures are the same. Answers of stages are kept in the store (STRATA_STORE), below scratch/example-study, and asked once.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.findings.asking import Asker
from benchmarks.findings.stages import BASE, INTENT, SLOT, arm, limits
from cache.store import Store
from probing.settings import Settings

MOST_BYTES = 15_000_000  # of the bundle
NOTE = (
    "all-MiniLM-L6-v2, its BitFit and full fine-tunings on 64 and 1,024 sentences of SNIPS under three seeds, and a student of three layers. "
    "SNIPS is CC0; the other text is Strata's own grammar."
)


Most = tuple[int, int, int]  # sentences of train, dev and test


@dataclass(frozen=True)
class StudySize:
    """How much is trained and read."""

    sizes: tuple[int, int]
    seeds: int
    steps: int
    student_steps: int
    few: Most  # of decodability
    most: Most


WHOLE = StudySize((64, 1024), 3, 120, 200, (150, 100, 200), (400, 200, 300))
SMOKE = StudySize((32, 64), 2, 4, 4, (64, 64, 64), (64, 48, 48))  # not to be shipped: that everything runs, in minutes
STRUCTURE = ("upos", "head_distance", "tree_depth")


def carry_out(ask: Asker, data: str, size: StudySize) -> list[str]:
    """Every stage, or its kept answer; the ids of the runs. The newest run is what Home shows first."""
    training = ("--steps", str(size.steps), "--batch", "16")
    sweep = ask(
        *("sweep", "sweep", "--checkpoint", BASE, "--data", data, "--task", "intent+slots", "--method", "full", "bitfit"),
        *("--sizes", ",".join(map(str, size.sizes)), "--seeds", str(size.seeds), *training),
    )
    small, large = size.sizes
    full, bitfit = arm(sweep, "full", large, 0), arm(sweep, "bitfit", large, 0)
    student = ask(
        *("student", "distill", "--teacher", full, "--data", data, "--task", "intent+slots", "--layers", "3"),
        *("--steps", str(size.student_steps), "--batch", "16"),
    )["product"]
    main = (BASE, full, bitfit, student)
    fewer = (arm(sweep, "full", small, 0), arm(sweep, "bitfit", small, 0))
    seeds = [arm(sweep, method, large, seed) for method in ("full", "bitfit") for seed in range(1, size.seeds)]
    snips, grammar = ("--corpus", data), ("--corpus", "grammar")
    runs: list[str] = []

    def probed(name: str, checkpoints: tuple[str, ...], corpus: tuple[str, ...], most: Most, *more: str) -> None:
        asked = ("run", "--checkpoint", *checkpoints, *corpus, *limits(most), "--seeds", "1", *more)
        runs.append(str(ask(name, *asked)["run"]))

    def compared(name: str, *of: str) -> None:
        ask(name, "compare", "--checkpoint", *of, "--max-test", str(size.most[2]))

    effort, few = ("--measure", "decodability"), ("--layers", "0,3,6")
    probed(
        "trees", (BASE, full), grammar, size.most, "--task", "trees", "--probe", "structural", "--rank", "32", "--no-baselines"
    )
    probed("grammar", main, grammar, size.most, "--task", *STRUCTURE)
    compared("compared-grammar", *main, *grammar)
    compared("compared", *main, *snips)
    compared("compared-seeds", full, seeds[0], *snips)
    probed("slots-effort", main[:3], snips, size.few, "--task", SLOT, *few, *effort, "--no-baselines")
    probed("student-effort", (student,), snips, size.few, "--task", SLOT, "--layers", "0,3", *effort, "--no-baselines")
    probed("seeds", (*main[:3], *fewer, *seeds), snips, size.most, "--task", INTENT)
    probed("layers", main, snips, size.most, "--task", INTENT, SLOT)
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--out", type=Path, default=Path("probing/bundles/example.strata"))
    parser.add_argument("--smoke", action="store_true", help="a small one, to see that everything runs")
    options = parser.parse_args()
    data = (options.data / "snips_nlu").resolve()
    if not data.is_dir():
        raise SystemExit(f"{data} is not there: --data names the folder that holds snips_nlu.")
    store = Store(Settings.read().store)
    ask = Asker(store.root / "scratch" / f"example-study{'-smoke' if options.smoke else ''}", store.root)
    runs = carry_out(ask, str(data), SMOKE if options.smoke else WHOLE)
    command = [sys.executable, "-m", "probing", "bundle", "export", *runs, "--store", str(store.root)]
    options.out.unlink(missing_ok=True)
    subprocess.run([*command, "--title", "Example study", "--note", NOTE, "--out", str(options.out)], check=True)
    size = options.out.stat().st_size
    print(f"{options.out}: {size:,} bytes; {sum(stage['seconds'] for stage in ask.told) / 60:.0f} minutes of stages")
    if size > MOST_BYTES:
        raise SystemExit(f"It has more than {MOST_BYTES:,} bytes: read fewer sentences, or keep fewer layers.")


if __name__ == "__main__":
    main()
