"""The app behind a real server, for browsers and for drills."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0  # seconds for the server to start
LOOK = 0.2  # seconds between two looks at whether it answers


def of_checkout(port: int) -> list[str]:
    """The command that serves the app of this checkout."""
    return [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]


@contextmanager
def serving(store: Path, command: Callable[[int], list[str]] = of_checkout, folder: Path = ROOT) -> Iterator[str]:
    """The address of the app, served over `store` on a free port of this machine by a command given in `folder`. The server ends with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        command(port),
        cwd=folder,
        env=os.environ | {"STRATA_STORE": str(store), "OMP_NUM_THREADS": "2", "STRATA_OFFLINE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)
        for left in (store / "locks").glob("reader-*.sock"):
            left.unlink()  # the process that keeps models sees it gone, and ends


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the server did not start"
            assert process.poll() is None, "the server ended"
            time.sleep(LOOK)
