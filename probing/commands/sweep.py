"""`python -m probing sweep`: one fine-tuning by several methods, on several sizes of train, under several seeds."""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import Any

from cache.store import Store
from probing.commands.options import add_options, given
from probing.commands.output import print_json, print_table, records, rounded
from probing.commands.run import carry_out
from probing.execution.progress import SAID
from probing.settings import Settings
from probing.sweeps import SweepSpec, plan, read_sizes


def add_to(commands: Any) -> None:
    parser = commands.add_parser("sweep", help="fine-tune by several methods, on several sizes of train, under several seeds")
    parser.set_defaults(answer=answer)
    add, fields = parser.add_argument, SweepSpec.model_fields
    add_options(parser, SweepSpec, checkpoint="CKPT", data="PATH", task="TASK", column="NAME")
    add("--method", nargs="+", action="extend", required=True, metavar="METHOD", help=fields["methods"].description)
    add("--sizes", type=read_sizes, metavar="64,256,all", help=fields["sizes"].description)
    add_options(parser, SweepSpec, seeds="N", steps="N", batch="N", rates="recorded|grid", keep="all|first|none")
    add_options(parser, SweepSpec, init_probe="RUN", weight="X")


def answer(options: argparse.Namespace, settings: Settings) -> int:
    began = time.monotonic()
    asked = SweepSpec.parse({"methods": tuple(options.method)} | given(options, SweepSpec))
    planned, store = plan(asked, settings), Store(settings.store)
    from probing.execution import lab

    carry_out(planned, store, partial(lab.sweep, settings=settings))
    rows = records(planned.table(store))
    for note in planned.notes(store):
        SAID.say(note)
    seconds = time.monotonic() - began
    if options.json:
        arms = [
            record.content() | {"checkpoint": arm.product, "product": arm.product, "id": arm.id}
            for arm, record in planned.answers(store)
        ]
        print_json({"sweep": planned.run, "rates": planned.chosen(store), "arms": arms, "rows": rows, "seconds": seconds})
        return 0
    print_table(list(map(rounded, rows)), ["checkpoint", "split", "metric", "value", "lower", "upper", "n", "setting"])
    SAID.say(f"sweep {planned.run}: {seconds:.1f} s")
    return 0
