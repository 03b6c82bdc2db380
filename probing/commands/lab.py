"""`python -m probing finetune` and `distill`: train a checkpoint on labelled data, or a smaller one to imitate its teacher; keep it."""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from cache.store import Store
from probing import distillations, threads
from probing.checkpoints import products
from probing.commands.options import add_options, given
from probing.commands.output import print_json, print_table, rounded
from probing.commands.run import carry_out
from probing.execution.progress import SAID
from probing.installation import PROGRAM
from probing.settings import Settings
from probing.tuning.distill import distillation
from probing.tuning.finetune import tuning
from probing.tuning.specs import DistillSpec, Spec, TuneSpec
from probing.tuning.terms import TERMS
from probing.tuning.work import Product

if TYPE_CHECKING:
    from probing.tuning.training import Tick

REPORTED = ("trainable", "steps", "seconds", "learning_rate", "best_step", "notes", "rows")


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "finetune", help="train a checkpoint on labelled data by a method, and keep the result as a checkpoint"
    )
    parser.set_defaults(answer=_finetune)
    add_options(parser, TuneSpec, checkpoint="CKPT", task="TASK")
    described = f"{PROGRAM} methods lists them; bitfit:query+intermediate, top:2, tree:4"
    parser.add_argument("--method", required=True, metavar="METHOD", help=described)
    _add_shared(parser, TuneSpec)
    add_options(parser, TuneSpec, init_probe="RUN", weight="X")

    parser = commands.add_parser("distill", help="train a smaller checkpoint to give what a teacher gives")
    parser.set_defaults(answer=_distill)
    add_options(parser, DistillSpec, teacher="CKPT", student="CKPT", task="TASK")
    known = "; ".join(f"{term.name}: {term.says} ({term.source})" for term in TERMS.values())
    parser.add_argument("--loss", metavar="TERMS", help=f"{DistillSpec.model_fields['loss'].description}. {known}")
    add_options(parser, DistillSpec, layers="N", hidden="N")
    _add_shared(parser, DistillSpec)


def _add_shared(parser: argparse.ArgumentParser, asked: type[Spec]) -> None:
    described = "the folder of the new checkpoint; an earlier product there is replaced at the end"
    if asked is DistillSpec:
        described += "; without it the student gets the name that the page Distil gives, and the page lists it"
    parser.add_argument("--out", required=asked is not DistillSpec, metavar="DIR", help=described)
    add_options(parser, asked, data="PATH", column="NAME", max_train="N", steps="N", batch="N", seed="N", lr="X")


def _finetune(options: argparse.Namespace, settings: Settings) -> int:
    threads.limit(settings.threads)
    spec = TuneSpec.parse(given(options, TuneSpec))
    ready = tuning(spec, settings, Store(settings.store))
    some = ready.trainable
    SAID.say(
        f"{spec.method} trains {some['parameters']:,} values of the encoder ({some['fraction']:.3%}) and {some['head']['parameters']:,} of the "
        f"head; rate {ready.rate:g} ({'given' if spec.lr else ready.method.rate.reason})"
    )
    product = ready.run(options.out, settings, TrainingProgress())
    return _tell(product, {"parent": ready.parent.name, "method": spec.method}, options.json)


def _distill(options: argparse.Namespace, settings: Settings) -> int:
    threads.limit(settings.threads)
    spec, store = DistillSpec.parse(given(options, DistillSpec)), Store(settings.store)
    if options.out is None:
        return _distill_as_page(spec, store, settings, options.json)
    ready = distillation(spec, settings, store)
    terms = " + ".join(name if weight == 1 else f"{weight:g}*{name}" for name, weight in ready.objective.weights.items())
    SAID.say(
        f"The student has {ready.trainable['parameters']:,} values, its teacher {ready.parent.facts.parameters:,}; the loss is {terms}"
    )
    product = ready.run(options.out, settings, TrainingProgress())
    return _tell(product, _of_student(ready.parent.name, product.record), options.json)


def _distill_as_page(spec: DistillSpec, store: Store, settings: Settings, as_json: bool) -> int:
    """The same as a job of the store, as the page Distil asks it."""
    from probing.execution import lab

    planned = distillations.plan(spec, settings)
    carry_out(planned, store, partial(lab.distil, settings=settings))
    record = products.record_of(planned.product, store.root)
    product = Product(products.folder_of(planned.product, store.root), record)
    return _tell(product, _of_student(planned.parent.name, record) | {"product": planned.product}, as_json)


def _of_student(teacher: str, record: dict[str, Any]) -> dict[str, Any]:
    return {"teacher": teacher, "method": "distill"} | {name: record[name] for name in ("loss", "layer_map")}


class TrainingProgress:
    """At a terminal: a line on standard error every two seconds at most, and at the end."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, tick: Tick) -> None:
        if tick.step < tick.steps and time.monotonic() - self._last < 2:
            return
        self._last = time.monotonic()
        best = f", best on dev {tick.best:.4f}" if tick.best > float("-inf") else ""
        SAID.progress(f"step {tick.step:,} of {tick.steps:,}, loss {tick.loss:.4f}{best}, {tick.seconds_left:.0f} s left")


def _tell(product: Product, first: dict[str, Any], as_json: bool) -> int:
    """Print the product: one JSON object, or its rows as a table."""
    for note in product.record["notes"]:
        SAID.say(note)
    if as_json:
        print_json({"checkpoint": str(product.folder)} | first | {name: product.record[name] for name in REPORTED})
        return 0
    rows = [rounded(row) for row in product.record["rows"]]
    print_table(rows, ["checkpoint", "split", "metric", "value", "lower", "upper", "unit", "n", "setting"])
    SAID.say(f"{product.folder}: {product.record['seconds']:.1f} s of training")
    return 0
