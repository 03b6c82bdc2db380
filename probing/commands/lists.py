"""The lists: `checkpoints`, `formats`, `tasks`, `probes`, `measures`, `methods`, from the registries. (`checkpoints` and `corpora` are commands
of their own.)"""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from probing import checkpoints, corpora, measures, probes, tasks, tuning
from probing.commands.output import print_json, print_table
from probing.corpora.formats import FORMATS
from probing.registry import Card
from probing.settings import Settings


def registered_cards() -> dict[str, list[Card]]:
    """Every registry of the house, by the name its list has on the command line."""
    return {
        "checkpoints": checkpoints.CHECKPOINTS.cards(),
        "corpora": corpora.CORPORA.cards(),
        "formats": FORMATS.cards(),
        "tasks": tasks.TASKS.cards(),
        "probes": probes.FAMILIES.cards(),
        "measures": measures.MEASURES.cards(),
        "methods": tuning.METHODS.cards(),
    }


def add_to(commands: Any) -> None:
    for name in registered_cards():
        if name in ("checkpoints", "corpora"):
            continue
        parser = commands.add_parser(name, help=f"the {name} that are known")
        parser.set_defaults(answer=answer, listed=name)


def answer(options: argparse.Namespace, _settings: Settings) -> int:
    show(options.listed, registered_cards()[options.listed], options.json)
    return 0


def show(listed: str, cards: list[Card], as_json: bool) -> None:
    """Cards as one JSON object, or as a table of names."""
    if as_json:
        print_json({listed: [dataclasses.asdict(card) for card in cards]})
    elif cards:
        print_table([{"name": c.name, "title": c.title, "measures": c.measures} for c in cards], ["name", "title", "measures"])
    else:
        print(f"No {listed} are registered yet.")
