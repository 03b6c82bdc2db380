"""What `finetune` and `distill` share: options, progress and output."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any, TypeVar

from probing.commands.output import print_json, print_table
from probing.execution.progress import SAID
from probing.tuning.specs import Spec
from probing.tuning.work import Product

if TYPE_CHECKING:
    from probing.tuning.training import Tick

SpecType = TypeVar("SpecType", bound=Spec)
REPORTED = ("trainable", "steps", "seconds", "learning_rate", "best_step", "notes", "rows")


def add_to(parser: argparse.ArgumentParser, kind: type[Spec]) -> None:
    """The options of both commands."""
    add = parser.add_argument
    add("--data", required=True, metavar="PATH", help=kind.model_fields["data"].description)
    add(
        "--out",
        required=True,
        metavar="DIR",
        help="the folder of the new checkpoint; an earlier product there is replaced at the end",
    )
    add("--column", metavar="NAME", help=kind.model_fields["column"].description)
    for name in ("max-train", "steps", "batch", "seed"):
        add(f"--{name}", type=int, metavar="N", help=kind.model_fields[name.replace("-", "_")].description)
    add("--lr", type=float, metavar="X", help=kind.model_fields["lr"].description)


def spec(kind: type[SpecType], options: argparse.Namespace) -> SpecType:
    """The request; options that were not given keep their defaults. Raises BadInput."""
    values = {name: getattr(options, name, None) for name in kind.model_fields}
    return kind.parse({name: value for name, value in values.items() if value is not None})


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


def tell(product: Product, first: dict[str, Any], as_json: bool) -> int:
    """Print the product: one JSON object, or its rows as a table."""
    for note in product.record["notes"]:
        SAID.say(note)
    if as_json:
        print_json({"checkpoint": str(product.folder)} | first | {name: product.record[name] for name in REPORTED})
        return 0
    shown: list[dict[str, Any]] = [
        one | {key: None if one[key] is None else f"{one[key]:.4f}" for key in ("value", "lower", "upper")}
        for one in product.record["rows"]
    ]
    print_table(shown, ["checkpoint", "split", "metric", "value", "lower", "upper", "unit", "n", "setting"])
    SAID.say(f"{product.folder}: {product.record['seconds']:.1f} s of training")
    return 0
