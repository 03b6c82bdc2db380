"""Options that are fields of what is asked: their names, kinds and descriptions come from its model."""

from __future__ import annotations

import argparse
from typing import Any

from pydantic import BaseModel

NUMBERS: dict[str, type] = {"N": int, "X": float}  # by metavar; any other is text


def add_options(parser: argparse.ArgumentParser, asked: type[BaseModel], **metavars: str) -> None:
    """An option for each field named, under its metavar. N is a whole number, X any number; a field without a default must be given."""
    for name, metavar in metavars.items():
        field = asked.model_fields[name]
        kind, needed = NUMBERS.get(metavar, str), field.is_required()
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, required=needed, metavar=metavar, help=field.description)


def given(options: argparse.Namespace, asked: type[BaseModel]) -> dict[str, Any]:
    """The fields that options of the same name give; those that were left out keep their defaults."""
    return {name: value for name in asked.model_fields if (value := getattr(options, name, None)) is not None}
