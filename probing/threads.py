"""How many threads a process that computes takes. Imports no torch.

Threads that share a product take the cores that are idle when the process starts: where other work holds their cores they wait for one
another, and the product takes many times as long as on one thread. Lanes wait for nobody and take every core, however busy: the system
shares the cores out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil

CGROUP = Path("/sys/fs/cgroup")
LOOK = 0.2  # seconds over which idle cores are counted
FULL = 0.9  # of all cores held: then others may be waiting
# Read by OpenMP when torch is loaded. Threads that spin while they wait take the cores from whoever works: a second busy process on two
# cores made a fit of one second take from 19 to 70. Threads that sleep at once make small steps slow, since waking takes longer than the
# step: a forward pass of 2,000 tokens took half as long again. So they spin for a moment, and then sleep.
SPIN = "10000"
_idle_counted = False  # whether `limit` has set the number of threads by the idle cores, since nobody had said one


def cores(root: Path = CGROUP) -> int:
    """How many cores this process may use: those of its affinity, within the limit of its control group. At least 1."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable, int(_quota(root) or usable)))


def _quota(root: Path) -> float | None:
    """Cores that the control group grants (version 2, then version 1); None where it sets no limit."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((root / name).read_text(encoding="utf-8") for name in names).split()
            return max(1.0, int(quota) / int(period)) if quota != "max" and int(quota) > 0 else None
        except (OSError, ValueError, ZeroDivisionError):
            continue
    return None


def busy() -> float:
    """How many threads of other work want a core of the machine now; more than there are cores where they wait for one another.

    The load of the last minute still counts a run that has just ended: where a look of 0.2 s finds idle cores, only the others count.
    """
    load, count = float(psutil.getloadavg()[0]), os.cpu_count() or 1
    held = psutil.cpu_percent(LOOK) / 100 * count
    return load if held > FULL * count else min(load, held)


def free(held: float | None = None) -> int:
    """How many threads to take: the idle cores of the machine, within `cores()`; at least 1. `held` is what `busy()` said."""
    idle = (os.cpu_count() or 1) - (busy() if held is None else held)
    return max(1, min(cores(), round(idle)))


def lanes(count: int) -> int:
    """How many threads may work side by side without waiting for one another in a process whose products take `count` threads."""
    return max(count, cores()) if _idle_counted else count


def share(held: float, count: int) -> float:
    """The share of a core that each of `count` threads gets beside `held` threads of other work."""
    return min(1.0, (os.cpu_count() or 1) / (held + count))


def limit(wanted: int | None) -> int | None:
    """Give OpenMP its number of threads, before torch is loaded: `wanted` (STRATA_THREADS), else what OMP_NUM_THREADS says, else the idle cores.

    Returns the number, or None where torch is loaded already and nothing was wanted.
    """
    global _idle_counted
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN)
    loaded = sys.modules.get("torch")
    if wanted is None and (loaded or os.environ.get("OMP_NUM_THREADS")):
        return None
    count, _idle_counted = (free(), True) if wanted is None else (wanted, False)
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(count)
    if loaded:
        loaded.set_num_threads(count)
    return count
