"""The report of what a page shows, as one HTML file: made when its button is pressed, and not before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from cache.errors import StoreError
from pages.shared import frame
from probing.bundles import example
from probing.errors import BadInput, one_line
from probing.settings import Settings


def button(runs: Sequence[str], key: str, place: Any = st, label: str = "Report") -> None:
    """A download of the report of `runs` (ids of runs, comparisons, sweeps or distillations)."""
    settings = frame.settings().of_results()
    place.download_button(
        label,
        data=partial(made, tuple(runs), settings),
        file_name=f"report-{runs[0][:6]}.html",
        mime="text/html",
        key=key,
        icon=":material/description:",
        on_click="ignore",
        help="One HTML file that opens without the app: findings, figures, tables, limits, how to reproduce it, references. The command `report` "
        "writes PDF, Markdown and JSON too.",
    )


def made(runs: tuple[str, ...], settings: Settings) -> str:
    """The file; where there is no report, one that says why. No session is at hand while a download is made."""
    from probing.reports import html  # with all figures, which a page that is only opened does not need
    from probing.reports.document import Document, Paragraph
    from probing.reports.report import report

    try:
        return html.render(report(example.opened(settings), runs, settings))
    except (BadInput, StoreError) as error:
        said = error.page if isinstance(error, BadInput) else str(error)
        return html.render(Document(title="There is no report", parts=(Paragraph(text=one_line(said), role="warning"),)))
