"""Real runs kept as documentation: docs/findings.md.

    python -m benchmarks.findings --data FOLDER [--tier quick|full] [--page docs/findings.md]

FOLDER holds snips_nlu, cola and ud_english_ewt. Answers of stages are kept in the store (STRATA_STORE), below scratch/findings-TIER, and asked once.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.findings.asking import Asker
from benchmarks.findings.report import page
from benchmarks.findings.stages import Data, carry_out
from benchmarks.findings.tiers import TIERS
from benchmarks.report import processor
from cache.store import Store
from probing.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--tier", choices=list(TIERS), default="quick")
    parser.add_argument("--page", type=Path, default=Path("docs/findings.md"))
    options = parser.parse_args()
    store, tier = Store(Settings.read().store), TIERS[options.tier]
    ask = Asker(store.root / "scratch" / f"findings-{tier.name}", store.root)
    answers = carry_out(ask, tier, Data.below(options.data.resolve()))
    options.page.write_text(page(answers, tier, ask.told, store, processor()), encoding="utf-8")
    print(f"{options.page}: {sum(stage['seconds'] for stage in ask.told) / 60:.0f} minutes of stages")


if __name__ == "__main__":
    main()
