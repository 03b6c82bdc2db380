"""`python -m probing corpora`: what is known, and `corpora add NAME PATH …` and `corpora remove NAME` for own data."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cache.store import Store
from probing import corpora
from probing.commands.lists import show
from probing.commands.output import print_json
from probing.corpora import registered
from probing.corpora.bundle import Piece, files_of
from probing.corpora.formats import FORMATS, recognised
from probing.corpora.reading import Reading
from probing.errors import BadInput
from probing.execution.progress import SAID
from probing.settings import Settings, inside_roots

ACTIONS = ("list", "add", "remove")


def add_to(commands: Any) -> None:
    parser = commands.add_parser("corpora", help="the corpora that are known; add one of your own, or remove it")
    parser.set_defaults(answer=answer)
    add = parser.add_argument
    add("action", nargs="?", choices=ACTIONS, default="list", metavar="list|add|remove")
    add("name", nargs="?", metavar="NAME", help="what own data shall be called: data:NAME")
    add("paths", nargs="*", metavar="PATH", help="add: a folder, a file, or the files of train, dev and test")
    add("--format", choices=FORMATS.names(), metavar="FORMAT", help="add: a format's name where it is not recognised")
    for option, name in (("text", "text"), ("second", "second"), ("split", "split")):
        add(f"--{option}", metavar="COL", help=f"add: {Reading.model_fields[name].description}")
    for option, name in (("label", "labels"), ("number", "numbers")):
        add(f"--{option}", nargs="+", action="extend", metavar="COL", help=f"add: {Reading.model_fields[name].description}")
    add("--no-header", action="store_true", help="add: the first line is data, and columns go by their numbers from 1")


def answer(options: argparse.Namespace, settings: Settings) -> int:
    uploads = settings.store / "uploads"
    if options.action == "list":
        show("corpora", [*corpora.known(), *(registered.card(uploads, spec) for spec in registered.names(uploads))], options.json)
        return 0
    if not options.name:
        raise BadInput(f"corpora {options.action} needs a NAME: give one, such as films.")
    if options.action == "remove":
        slug = options.name.removeprefix(registered.PREFIX)
        registered.forget(uploads, slug)
        report, said = {"removed": f"{registered.PREFIX}{slug}"}, f"Removed {registered.PREFIX}{slug}."
    else:
        report, said = _add(options, settings)
    if options.json:
        print_json(report)
    else:
        print(said)
    return 0


def _add(options: argparse.Namespace, settings: Settings) -> tuple[dict[str, Any], str]:
    paths = _paths(options.paths, settings)
    pieces = [Piece.of_path(path) for path in paths]
    made, corpus = registered.register(Store(settings.store).uploads, options.name, pieces, _reading(options, pieces), paths)
    for complaint in corpus.complaints:
        SAID.say(str(complaint))
    sizes = {split: len(sentences) for split, sentences in corpus.splits.items()}
    report = {
        "corpus": made.spec,
        "hash": made.hash,
        "reading": made.reading.model_dump(mode="json"),
        "sentences": sizes,
        "complaints": len(corpus.complaints),
    }
    told = ", ".join(f"{split} {count:,}" for split, count in sizes.items())
    return report, f"{made.spec}: {told} sentences, {len(corpus.complaints):,} complaints. {corpus.description}"


def _paths(given: list[str], settings: Settings) -> list[Path]:
    """The files that are named. Raises BadInput for none, for one that is not there, and outside the roots."""
    if not given:
        raise BadInput("corpora add needs a PATH behind the name: give a folder, a file, or the files of train, dev and test.")
    found: list[Path] = []
    for text in given:
        path = inside_roots(text, settings.roots)
        if len(given) > 1 and not path.is_file():
            raise BadInput(f"No file at {text[:200]!r}: of several paths each has to be a file.")
        found.extend(files_of(path, settings.roots))
    return found


def _reading(options: argparse.Namespace, pieces: list[Piece]) -> Reading | None:
    """What the options say of the columns over what the files say themselves; None where nothing is said."""
    said = {"text": options.text, "second": options.second, "split": options.split}
    said |= {"labels": tuple(options.label or ()), "numbers": tuple(options.number or ())}
    given = {name: value for name, value in said.items() if value}
    if not given and not options.format and not options.no_header:
        return None
    read = FORMATS.get(options.format) if options.format else recognised([(piece.name, piece.head) for piece in pieces])
    own = read.suggest(pieces[0].head, pieces[0].name, not options.no_header)
    if given.keys() & {"text", "labels", "numbers"}:  # the labels are then those that are named, and no others
        own = own.model_copy(update={"labels": (), "numbers": (), "second": None})
    return own.model_copy(update=given)
