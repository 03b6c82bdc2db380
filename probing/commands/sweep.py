"""`python -m probing sweep`: one fine-tuning by several methods, on several sizes of train, under several seeds."""

from __future__ import annotations

import argparse
import time
from typing import Any

import pandas as pd

from cache.store import Store
from probing.commands.output import print_json, print_table
from probing.commands.run import carry_out
from probing.execution.progress import SAID, Progress
from probing.settings import Settings
from probing.sweeps import Sweep, SweepSpec, plan, read_sizes

NUMBERS = ("seeds", "steps", "batch")


def add_to(commands: Any) -> None:
    parser = commands.add_parser("sweep", help="fine-tune by several methods, on several sizes of train, under several seeds")
    parser.set_defaults(answer=answer)
    add, fields = parser.add_argument, SweepSpec.model_fields
    add("--checkpoint", required=True, metavar="CKPT", help=fields["checkpoint"].description)
    add("--data", required=True, metavar="PATH", help=fields["data"].description)
    add("--task", required=True, metavar="TASK", help=fields["task"].description)
    add("--column", metavar="NAME", help=fields["column"].description)
    add("--method", nargs="+", action="extend", required=True, metavar="METHOD", help=fields["methods"].description)
    add("--sizes", type=read_sizes, metavar="64,256,all", help=fields["sizes"].description)
    for name in NUMBERS:
        add(f"--{name}", type=int, metavar="N", help=fields[name].description)
    add("--rates", metavar="recorded|grid", help=fields["rates"].description)
    add("--keep", metavar="all|first|none", help=fields["keep"].description)
    add("--init-probe", metavar="RUN", help=fields["init_probe"].description)
    add("--weight", type=float, metavar="X", help=fields["weight"].description)


def answer(options: argparse.Namespace, settings: Settings) -> int:
    began = time.monotonic()
    named = {"methods": tuple(options.method)}
    others = [name for name in SweepSpec.model_fields if name != "methods"]
    named |= {name: value for name in others if (value := getattr(options, name)) is not None}
    planned, store = plan(SweepSpec.parse(named), settings), Store(settings.store)
    from probing.execution import lab

    def execute(requested: Sweep, into: Store, progress: Progress) -> float:
        return lab.sweep(requested, into, settings, progress)

    carry_out(planned, store, execute)
    rows, notes = planned.table(store), planned.notes(store)
    for note in notes:
        SAID.say(note)
    seconds = time.monotonic() - began
    if options.json:
        table = rows.astype(object).where(pd.notna(rows), None)
        arms = [
            record.content() | {"checkpoint": arm.product, "product": arm.product, "id": arm.id}
            for arm, record in planned.answers(store)
        ]
        print_json(
            {
                "sweep": planned.run,
                "rates": planned.chosen(store),
                "arms": arms,
                "rows": table.to_dict("records"),
                "seconds": seconds,
            }
        )
        return 0
    shown = [
        {str(key): value for key, value in row.items()} | {key: f"{row[key]:.4f}" for key in ("value", "lower", "upper")}
        for row in rows.to_dict("records")
    ]
    print_table(shown, ["checkpoint", "split", "metric", "value", "lower", "upper", "n", "setting"])
    SAID.say(f"sweep {planned.run}: {seconds:.1f} s")
    return 0
