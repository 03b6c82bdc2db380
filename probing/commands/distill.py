"""`python -m probing distill`: train a smaller checkpoint to imitate its teacher."""

from __future__ import annotations

import argparse
from typing import Any

from cache.store import Store
from probing import threads
from probing.commands import lab
from probing.execution.progress import SAID
from probing.settings import Settings
from probing.tuning.distill import distillation
from probing.tuning.specs import DistillSpec
from probing.tuning.terms import TERMS


def add_to(commands: Any) -> None:
    parser = commands.add_parser("distill", help="train a smaller checkpoint to give what a teacher gives")
    parser.set_defaults(answer=answer)
    add = parser.add_argument
    for name, metavar in (("teacher", "CKPT"), ("student", "CKPT"), ("task", "TASK")):
        add(f"--{name}", required=name == "teacher", metavar=metavar, help=DistillSpec.model_fields[name].description)
    known = "; ".join(f"{term.name}: {term.says} ({term.source})" for term in TERMS.values())
    add("--loss", metavar="TERMS", help=f"{DistillSpec.model_fields['loss'].description}. {known}")
    for name in ("layers", "hidden"):
        add(f"--{name}", type=int, metavar="N", help=DistillSpec.model_fields[name].description)
    lab.add_to(parser, DistillSpec)


def answer(options: argparse.Namespace, settings: Settings) -> int:
    threads.limit(settings.threads)
    ready = distillation(lab.spec(DistillSpec, options), settings, Store(settings.store))
    terms = " + ".join(name if weight == 1 else f"{weight:g}*{name}" for name, weight in ready.objective.weights.items())
    SAID.say(
        f"The student has {ready.trainable['parameters']:,} values, its teacher {ready.parent.facts.parameters:,}; the loss is {terms}"
    )
    product = ready.run(options.out, settings, lab.TrainingProgress())
    return lab.tell(
        product,
        {
            "teacher": ready.parent.name,
            "method": "distill",
            "loss": product.record["loss"],
            "layer_map": product.record["layer_map"],
        },
        options.json,
    )
