"""`python -m probing corpora`: the known corpora, and `corpora add NAME PATH …` and `corpora remove NAME` for own data."""

from __future__ import annotations

import argparse
from typing import Any

from cache.store import Store
from probing import corpora
from probing.commands.lists import show
from probing.commands.output import print_json
from probing.corpora import registered
from probing.corpora.choosing import brought
from probing.corpora.corpus_file import CorpusFile
from probing.corpora.corpus_files import first_of
from probing.corpora.formats import FORMATS, recognised
from probing.corpora.reading import Hints, Reading, separator, split_names
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
    add("--sep", metavar="SIGN", help=f"add: {Reading.model_fields['sep'].description}")
    add("--encoding", metavar="NAME", help=f"add: {Reading.model_fields['encoding'].description}")
    add("--split-names", nargs="+", metavar="YOURS=OURS", help=f"add: {Reading.model_fields['split_names'].description}")
    add("--none-label", nargs="+", metavar="LABEL", help=f"add: {Reading.model_fields['none'].description}")
    add("--no-header", action="store_true", help="add: the first line is data, and columns go by their numbers from 1")


def answer(options: argparse.Namespace, settings: Settings) -> int:
    uploads = settings.store / "uploads"
    if options.action == "list":
        show(
            "corpora",
            [*corpora.CORPORA.cards(), *(registered.card(uploads, spec) for spec in registered.names(uploads))],
            options.json,
        )
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
    pieces = _pieces(options.paths, settings)
    made, corpus = registered.register(Store(settings.store).uploads, options.name, pieces, _reading(options, pieces))
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
    counts = ", ".join(f"{split} {count:,}" for split, count in sizes.items())
    return report, f"{made.spec}: {counts} sentences, {len(corpus.complaints):,} complaints. {corpus.description}"


def _pieces(paths: list[str], settings: Settings) -> list[CorpusFile]:
    """The files that are named. Raises BadInput for none, for one that is not there, and outside the roots."""
    if not paths:
        raise BadInput("corpora add needs a PATH behind the name: give a folder, a file, or the files of train, dev and test.")
    found: list[CorpusFile] = []
    for text in paths:
        try:
            path = inside_roots(text, settings.roots)
            if len(paths) > 1 and not path.is_file():
                raise BadInput(f"No file at {text[:200]!r}: of several paths each has to be a file.")
            found.extend(brought(path, settings.roots))
        except (OSError, RuntimeError) as error:  # RuntimeError: a home that nobody has (~name), a loop of symbolic links
            reason = getattr(error, "strerror", None) or error
            raise BadInput(f"The file {text[:200]!r} cannot be read ({reason}): check the path.") from error
    return found


def _reading(options: argparse.Namespace, pieces: list[CorpusFile]) -> Reading | None:
    """What the options say of the columns over what the files say themselves; None where nothing is said.

    Columns that are called by number alone, and are none of the header's, are those of a table without a header.
    """
    said: dict[str, Any] = {"text": options.text, "second": options.second, "split": options.split}
    said |= {"labels": tuple(options.label or ()), "numbers": tuple(options.number or ())}
    columns = {name: value for name, value in said.items() if value}
    said |= {"sep": separator(options.sep or ""), "encoding": options.encoding, "none": tuple(options.none_label or ())}
    said |= {"split_names": split_names(options.split_names or ())}
    chosen = {name: value for name, value in said.items() if value}
    if not chosen and not options.format and not options.no_header:
        return None
    opened = [(piece.text_name, piece.head) for piece in pieces]
    read = FORMATS.get(options.format) if options.format else recognised(opened)
    first = first_of(pieces)
    hints = Hints(
        not options.no_header,
        str(chosen.get("sep", "")),
        Reading.parse({"format": "", "encoding": options.encoding or ""}).encoding,
    )
    own = read.suggest(first.head, first.text_name, hints)
    if columns.keys() & {"text", "labels", "numbers"}:  # the labels are then those that are named, and no others
        own = own.model_copy(update={"labels": (), "numbers": (), "second": None})
        named = {column for value in columns.values() for column in ([value] if isinstance(value, str) else value)}
        own = own.model_copy(update={"header": hints.header and (own.header or not all(column.isdigit() for column in named))})
    return Reading.parse(own.model_dump() | chosen)
