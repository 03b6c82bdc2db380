"""A document as PDF: its HTML as it is to be printed, by the machine's browser."""

from __future__ import annotations

from probing.reports import browser, html
from probing.reports.document import Document


def render(document: Document) -> bytes:
    """The file, with fonts embedded. Raises BadInput where the machine has no browser."""
    return browser.printed(html.render(document, paper=True))
