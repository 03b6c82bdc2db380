"""`python -m probing report RUN … --out FILE`: what was found, to be read without the app."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from probing.bundles import example
from probing.commands.output import print_json
from probing.errors import BadInput
from probing.execution.progress import SAID
from probing.settings import Settings


def add_to(commands: Any) -> None:
    parser = commands.add_parser("report", help="write the report of runs, comparisons, sweeps or distillations to a file")
    parser.set_defaults(answer=answer)
    described = "ids, or how they begin; python -m probing store ls and History show them"
    parser.add_argument("run", nargs="+", metavar="RUN", help=described)
    described = "the file; its suffix says the format where --format does not"
    parser.add_argument("--out", required=True, metavar="FILE", help=described)
    parser.add_argument("--format", metavar="html|pdf|md|json", help="html, pdf, md or json; pdf needs Chromium or Chrome")


def answer(options: argparse.Namespace, settings: Settings) -> int:
    from probing.reports import formats  # they load plotly, which no other command needs
    from probing.reports.report import report

    path = _file(options.out)
    format = formats.format_of(path, options.format)
    formats.refuse_unwritable(path)
    store = example.opened(settings)
    document = report(store, options.run, example.of_results(store, settings))
    written = formats.write(document, path, format)
    if options.json:
        figures = len(document.of_kind("chart")) + len(document.of_kind("picture"))
        print_json(
            {"report": str(path), "format": format, "files": list(map(str, written)), "title": document.title, "figures": figures}
        )
    else:
        print(path)
        more = f" and {len(written) - 1} pictures beside it" if len(written) > 1 else ""
        SAID.say(f"{document.title}: {path.stat().st_size / 1e6:.1f} MB{more}.")
    return 0


def _file(text: str) -> Path:
    """The file that --out names. Raises BadInput for what is no path."""
    try:
        path = Path(text).expanduser().resolve()
        path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        raise BadInput(f"--out names {text[:100]!r}, which is no path here: write it in full.") from error
    return path
