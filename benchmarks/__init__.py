"""Side-by-side measurements; each module says what it prints. `python -m benchmarks` runs those that docs/performance.md shows."""

import os

# As a worker has it (probing/execution/engine.py): compiled products of every shape would stay in memory otherwise.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")
os.environ.setdefault("STRATA_EXAMPLE", "off")  # pages and stores hold what a benchmark puts there
