"""`python -m probing checkpoints`: the known checkpoints; with CKPT its facts, and with --check its self-check."""

from __future__ import annotations

import argparse
import dataclasses
import time
from typing import Any

from cache.store import Store
from probing import checkpoints, precision
from probing.checkpoints import Checkpoint
from probing.checkpoints.selfcheck import MEANING
from probing.checkpoints.trust import self_check
from probing.commands.lists import show
from probing.commands.output import print_json, print_table
from probing.errors import BadInput
from probing.settings import Settings


def add_to(commands: Any) -> None:
    parser = commands.add_parser("checkpoints", help="the checkpoints that are known; what one is made of, and its self-check")
    parser.set_defaults(answer=answer)
    parser.add_argument(
        "checkpoint", nargs="?", metavar="CKPT", help="a known name, a folder, a hub id, lab:NAME or random:CKPT@SEED"
    )
    parser.add_argument(
        "--check", action="store_true", help="check that it is read rightly (once; the answer is kept in the store)"
    )


def answer(options: argparse.Namespace, settings: Settings) -> int:
    if options.checkpoint is None:
        if options.check:
            raise BadInput("checkpoints --check needs a CKPT: write checkpoints CKPT --check.")
        show("checkpoints", checkpoints.CHECKPOINTS.cards(), options.json)
        return 0
    store = Store(settings.store)
    found = checkpoints.resolve(options.checkpoint, store.root, settings.roots, settings.offline)
    if options.check:
        _check(found, store, settings, options.json)
    else:
        _facts(found, options.json)
    return 0


def _facts(found: Checkpoint, as_json: bool) -> None:
    fields = {"checkpoint": found.name, "fingerprint": found.fingerprint, **dataclasses.asdict(found.facts)}
    if as_json:
        print_json(fields)
    else:
        print_table([{"fact": name, "value": value} for name, value in fields.items()], ["fact", "value"])


def _check(found: Checkpoint, store: Store, settings: Settings, as_json: bool) -> None:
    began = time.monotonic()
    check = self_check(found, store.root, precision.devices(precision.resolve_device(settings.device))[0])
    seconds = time.monotonic() - began
    if as_json:
        fields = check.model_dump(mode="json")
        fields["findings"] = [one | {"meaning": MEANING[one["name"]]} for one in fields["findings"]]
        print_json({"checkpoint": found.name, "fingerprint": found.fingerprint, "ok": check.ok, **fields, "seconds": seconds})
    else:
        print_table(
            [{"check": one.name, "outcome": one.outcome, "finding": one.sentence} for one in check.findings],
            ["check", "outcome", "finding"],
        )
