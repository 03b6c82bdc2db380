"""Code of processes that take jobs, and a job as the store knows it."""

from __future__ import annotations

from cache.jobs import Job, Jobs

SHARED = """
import os, signal, subprocess, sys, time
from pathlib import Path
from cache.store import Store
jobs = Store(Path(sys.argv[1])).jobs
"""
SLEEPER = "import sys, time; print('up', flush=True); time.sleep(60)"


def known(jobs: Jobs, run: str) -> Job:
    job = jobs.get(run)
    assert job is not None
    return job
