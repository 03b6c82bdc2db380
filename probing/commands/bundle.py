"""`python -m probing bundle export RUN … --out FILE` and `bundle import FILE`: answers that travel, without weights and without paths."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cache.store import Store
from probing.bundles import example, importing
from probing.bundles.exporting import export
from probing.bundles.manifest import Manifest
from probing.commands.output import print_json, print_table
from probing.errors import BadInput
from probing.execution.progress import SAID
from probing.settings import Settings


def add_to(commands: Any) -> None:
    parser = commands.add_parser("bundle", help="runs, comparisons and trainings as one file that another store takes in")
    parser.set_defaults(answer=answer)
    parser.add_argument("action", choices=["export", "import"])
    parser.add_argument(
        "named", nargs="+", metavar="RUN|FILE", help="export: ids of runs, comparisons and trainings; import: the file"
    )
    parser.add_argument("--out", metavar="FILE", help="export: the file, which ends in .strata")
    parser.add_argument("--title", default="", metavar="TEXT", help="export: what the bundle is called where it is imported")
    parser.add_argument("--note", default="", metavar="TEXT", help="export: what else its readers should know")


def answer(options: argparse.Namespace, settings: Settings) -> int:
    return _export(options, settings) if options.action == "export" else _import(options, settings)


def _export(options: argparse.Namespace, settings: Settings) -> int:
    if not options.out:
        raise BadInput("bundle export needs a file to write: name it with --out FILE.strata.")
    path = Path(options.out)
    made = export(example.opened(settings), options.named, path, settings, options.title, options.note)
    size = path.stat().st_size
    if options.json:
        print_json({"file": str(path), "bytes": size} | _told(made))
        return 0
    _print(made)
    SAID.say(f"{path}: {size:,} bytes")
    return 0


def _import(options: argparse.Namespace, settings: Settings) -> int:
    if len(options.named) != 1 or options.out or options.title or options.note:
        raise BadInput("bundle import takes one file and no other option but --store and --json.")
    taken = importing.take(Path(options.named[0]), Store(settings.store))
    if options.json:
        print_json(_told(taken.manifest) | {"new": list(taken.new), "already": taken.already})
        return 0
    _print(taken.manifest)
    SAID.say(f"{len(taken.new)} pieces are new in {settings.store}, {taken.already} were there")
    return 0


def _told(made: Manifest) -> dict[str, Any]:
    return made.model_dump(mode="json", include={"bundle", "strata", "title", "note", "held", "checkpoints", "corpora"})


def _print(made: Manifest) -> None:
    print(" · ".join(part for part in (made.title, f"written by Strata {made.strata}", made.note) if part))
    print_table([one.model_dump() for one in made.held], ["kind", "id", "finished", "label"])
