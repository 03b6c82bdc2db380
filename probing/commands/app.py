"""`strata app`: the pages in a browser, for the person at this machine.

Streamlit takes its options from the configuration beside app.py, and from STREAMLIT_* variables, which go first.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from probing.checkpoints import CHECKPOINTS
from probing.errors import BadInput
from probing.installation import HOME, PROGRAM
from probing.settings import Settings

PORTS = range(1, 1 << 16)


def add_to(commands: Any) -> None:
    parser = commands.add_parser("app", help="open the pages in a browser, for this machine alone")
    parser.set_defaults(answer=answer)
    parser.add_argument("--port", type=int, metavar="N", help="the port of 127.0.0.1 to listen on (default: 8501)")
    parser.add_argument("--no-browser", action="store_true", help="print the address and open no browser")


def answer(options: argparse.Namespace, settings: Settings) -> int:
    """Becomes Streamlit's server, so that stopping this process stops it."""
    if options.port is not None and options.port not in PORTS:
        raise BadInput(f"--port is {options.port}: give a number from 1 to {PORTS[-1]}, such as 8501.")
    first = next(iter(CHECKPOINTS))
    if not first.installed:
        print(f"The checkpoint {first.name} is not installed: `{PROGRAM} setup` installs it.", file=sys.stderr)
    flags = [f"--server.port={options.port}"] if options.port is not None else []
    flags += ["--server.headless=true"] if options.no_browser else []
    sys.stdout.flush()
    sys.stderr.flush()
    command = [sys.executable, "-m", "streamlit", "run", str(HOME / "app.py"), *flags]
    os.execve(sys.executable, command, os.environ | {"STRATA_STORE": str(settings.store)})
