"""A document as JSON: everything in it, to be read by programs and written in another format later."""

from __future__ import annotations

from probing.reports.document import Document


def render(document: Document) -> str:
    """`Document.model_validate_json` reads it back."""
    return document.model_dump_json(indent=1) + "\n"
