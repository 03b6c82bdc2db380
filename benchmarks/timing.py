"""How long work takes, and what takes it: medians of repeats, profiles of operations and of Python's functions."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks.report import seconds

REPEATS, ENOUGH = 5, 6.0  # runs of a figure, and seconds after which two are enough
OPERATIONS = 10  # of a profile
Figure = dict[str, Any]


def timed(work: Callable[[], object], amount: int) -> Figure:
    """Seconds of `work`, which is run once before, and what it does a second."""
    first = seconds(work)
    times: list[float] = []
    while len(times) < REPEATS and (len(times) < 2 or sum(times) < ENOUGH):
        times.append(seconds(work))
    return {"first": first, "times": times, "seconds": median(times), "rate": amount / median(times), "amount": amount}


def profile(work: Callable[[], object], cuda: bool) -> Figure:
    """The operations that take most of one run, by the device's time and by the CPU's (ms), and the run's own time."""
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as recorded

    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    every = torch._C._profiler._ExperimentalConfig(profile_all_threads=True)  # passes are made in lanes
    with recorded(activities=activities, experimental_config=every) as events:
        taken = seconds(work)
    found: Figure = {"seconds": taken, "device": []}
    averages = events.key_averages()
    for name, key in [*([("device", "self_device_time_total")] if cuda else []), ("cpu", "self_cpu_time_total")]:
        times = sorted(((getattr(event, key) / 1e3, event.key[:120], event.count) for event in averages), reverse=True)
        found[name] = [{"operation": operation, "ms": ms, "count": count} for ms, operation, count in times[:OPERATIONS]]
        found[f"{name}_ms"] = sum(ms for ms, _, _ in times)
    return found


def python_profile(work: Callable[[], object]) -> Figure:
    """The functions of the calling thread that take most of one run by themselves (ms), and the run's own time."""
    profiled = cProfile.Profile()
    taken = seconds(lambda: profiled.runcall(work))
    found = pstats.Stats(profiled).stats  # type: ignore[attr-defined]
    own = sorted(((times[2], f"{Path(where[0]).name}:{where[2]}", times[1]) for where, times in found.items()), reverse=True)
    slowest = [{"operation": name, "ms": 1e3 * spent, "count": calls} for spent, name, calls in own[:OPERATIONS]]
    return {"seconds": taken, "device": [], "cpu": slowest}
