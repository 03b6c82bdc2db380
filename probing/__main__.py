"""The command line: `python -m probing run …` in a checkout, `strata run …` once installed. Others script against it.

With --json, standard output is one JSON object and nothing else; progress goes to standard error.
Exit 0 done, 2 bad input (one line on standard error), 1 anything else.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Any, NoReturn

from cache.errors import StoreError
from probing.commands import (
    app,
    bundle,
    checkpoints,
    compare,
    corpora,
    export,
    lab,
    lists,
    predict,
    report,
    run,
    setup,
    store,
    sweep,
)
from probing.errors import BadInput, one_line
from probing.execution.progress import SAID
from probing.installation import PROGRAM, VERSION
from probing.settings import Settings, folder


class Parser(argparse.ArgumentParser):
    """argparse, with its complaint as the one line the contract promises."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message[0].upper()}{message[1:]}: see {self.prog} --help.")


def build() -> Parser:
    """The parser; each command's room adds its own options."""
    parser = Parser(prog=PROGRAM, description="What each layer of a checkpoint knows, and how easily it is read out.")
    parser.add_argument("--version", action="version", version=f"strata {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for room in (app, setup, checkpoints, run, compare, predict, lab, sweep, report, export, corpora, lists, bundle, store):
        room.add_to(commands)
    for name, command in commands.choices.items():
        command.add_argument(
            "--store",
            metavar="DIR",
            help="where activations and results live (default: STRATA_STORE or the user's cache)",
        )
        if name != "app":  # which answers by pages
            command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    return parser


def refuse_broken(arguments: Sequence[str]) -> None:
    """Raise BadInput for an argument that is no text: it could be neither kept nor printed."""
    for argument in arguments:
        if any("\ud800" <= sign <= "\udfff" for sign in argument):
            raise BadInput(f"The argument {argument!a} has bytes that are no UTF-8: rename the file, or type it again.")


def main(arguments: Sequence[str] | None = None) -> int:
    with SAID.command():
        return _answer(arguments)


def _answer(arguments: Sequence[str] | None) -> int:
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # of libraries: standard error is for what the command says
    try:
        argv = sys.argv[1:] if arguments is None else list(arguments)
        refuse_broken(argv)
        options = build().parse_args(argv)
        settings = Settings.read()
        if options.store:
            settings = dataclasses.replace(settings, store=folder(options.store, "--store"))
        answer: Any = options.answer(options, settings)
    except (BadInput, StoreError) as error:
        SAID.refuse(one_line(error))
        return 2
    except KeyboardInterrupt:
        SAID.say("Stopped; what was finished is kept, and the same command goes on from there.")
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        from probing.execution.worker import failure

        if not isinstance(error, (OSError, MemoryError)):
            traceback.print_exc()  # a defect of ours: whoever mends it needs to know where
        SAID.say(failure(error))
        return 1
    return int(answer or 0)


if __name__ == "__main__":
    sys.exit(main())
