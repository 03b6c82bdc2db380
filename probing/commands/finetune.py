"""`python -m probing finetune`: train some parameters of a checkpoint on labelled data, and save the result as a checkpoint."""

from __future__ import annotations

import argparse
from typing import Any

from cache.store import Store
from probing import threads
from probing.commands import lab
from probing.execution.progress import SAID
from probing.settings import Settings
from probing.tuning.finetune import tuning
from probing.tuning.specs import TuneSpec


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "finetune", help="train a checkpoint on labelled data by a method, and keep the result as a checkpoint"
    )
    parser.set_defaults(answer=answer)
    add = parser.add_argument
    add("--checkpoint", required=True, metavar="CKPT", help=TuneSpec.model_fields["checkpoint"].description)
    add("--task", required=True, metavar="TASK", help=TuneSpec.model_fields["task"].description)
    add(
        "--method",
        required=True,
        metavar="METHOD",
        help="python -m probing methods lists them; bitfit:query+intermediate, top:2, tree:4",
    )
    lab.add_to(parser, TuneSpec)
    add("--init-probe", metavar="RUN", help=TuneSpec.model_fields["init_probe"].description)
    add("--weight", type=float, metavar="X", help=TuneSpec.model_fields["weight"].description)


def answer(options: argparse.Namespace, settings: Settings) -> int:
    threads.limit(settings.threads)
    spec = lab.spec(TuneSpec, options)
    ready = tuning(spec, settings, Store(settings.store))
    some = ready.trainable
    SAID.say(
        f"{spec.method} trains {some['parameters']:,} values of the encoder ({some['fraction']:.3%}) and {some['head']['parameters']:,} of the "
        f"head; rate {ready.rate:g} ({'given' if spec.lr else ready.method.rate.reason})"
    )
    return lab.tell(
        ready.run(options.out, settings, lab.TrainingProgress()),
        {"parent": ready.parent.name, "method": spec.method},
        options.json,
    )
