"""The lists: `checkpoints`, `corpora`, `tasks`, `probes`, `measures`, `methods`, from the registries."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from probing import checkpoints, corpora, measures, probes, tasks, tuning
from probing.commands.output import print_json, print_table
from probing.registry import Card
from probing.settings import Settings


def registered_cards() -> dict[str, list[Card]]:
    """Every registry of the house, by the name its list has on the command line."""
    return {
        "checkpoints": checkpoints.CHECKPOINTS.cards(),
        "corpora": corpora.CORPORA.cards(),
        "tasks": tasks.TASKS.cards(),
        "probes": probes.FAMILIES.cards(),
        "measures": measures.MEASURES.cards(),
        "methods": tuning.METHODS.cards(),
    }


def add_to(commands: Any) -> None:
    for name in registered_cards():
        parser = commands.add_parser(name, help=f"the {name} that are known")
        parser.set_defaults(answer=answer, listed=name)


def answer(options: argparse.Namespace, _settings: Settings) -> int:
    cards = registered_cards()[options.listed]
    if options.json:
        print_json({options.listed: [dataclasses.asdict(card) for card in cards]})
    elif cards:
        print_table([{"name": c.name, "title": c.title, "measures": c.measures} for c in cards], ["name", "title", "measures"])
    else:
        print(f"No {options.listed} are registered yet.")
    return 0
