"""`python -m probing store ls|verify|evict`: list what is stored, check it, and make room."""

from __future__ import annotations

import argparse
import math
from typing import Any

from cache import eviction
from cache.keys import SCHEMA
from cache.store import Store, schema_of
from probing.checkpoints import soundness
from probing.commands.output import print_json, print_table
from probing.errors import BadInput
from probing.settings import Settings


def add_to(commands: Any) -> None:
    parser = commands.add_parser("store", help="what is cached: list, verify, evict")
    parser.set_defaults(answer=answer)
    parser.add_argument("action", choices=["ls", "verify", "evict"])
    parser.add_argument(
        "--limit-gb", type=float, metavar="N", help="evict: go below N gigabytes (default: STRATA_STORE_LIMIT_GB)"
    )
    parser.add_argument("--all", action="store_true", help="evict: everything that no running job reads")


def answer(options: argparse.Namespace, settings: Settings) -> int:
    if options.action == "evict":
        report = _evict(options, settings)
        lines = [f"Freed {report['freed']:,} bytes; {len(report['kept_in_use'])} things in use were kept."]
    elif options.action == "verify":
        store = Store(settings.store)
        found = soundness.verify(store)
        report = {"store": str(store.root), "problems": found.problems, "notes": found.notes}
        lines = [*(found.problems or ["Everything in the store is sound."]), *found.notes]
    else:
        store = Store(settings.store)
        entries = eviction.listing(store)
        report = {"store": str(store.root), "bytes": sum(entry["bytes"] for entry in entries), "entries": entries}
        lines = []
        if not options.json:
            print_table(entries, ["kind", "name", "bytes", "last_used"])
    if options.json:
        print_json(report)
    else:
        print("\n".join(lines), end="\n" if lines else "")
    return 0


def _evict(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    if options.all and schema_of(settings.store) not in (None, SCHEMA):
        # A store that this version cannot read can still be emptied, and that is its way out.
        return eviction.clear(settings.store)
    if options.limit_gb is not None and not 0 <= options.limit_gb * 1e9 < math.inf:
        raise BadInput(f"--limit-gb is {options.limit_gb}: give a size in gigabytes, 0 or more.")
    limit = settings.store_limit_bytes if options.limit_gb is None else int(options.limit_gb * 1e9)
    return eviction.evict(Store(settings.store), limit, everything=options.all)
