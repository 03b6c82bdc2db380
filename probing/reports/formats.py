"""The formats in which a document leaves: by name, by the suffix of a file, and written to it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal, get_args

from cache.files import put, temporary
from probing.errors import BadInput
from probing.reports import as_json, html, markdown, pdf
from probing.reports.document import Document

Format = Literal["html", "pdf", "md", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)
SUFFIXES: dict[str, Format] = {".html": "html", ".htm": "html", ".pdf": "pdf", ".md": "md", ".markdown": "md", ".json": "json"}
OFFERED = "html, pdf, md or json"


def format_of(path: Path, named: str | None = None) -> Format:
    """The format that is `named`, else that of the file's suffix. Raises BadInput for one that is not known."""
    if named is not None:
        found = next((one for one in FORMATS if one == named.lower()), None)
        if found is None:
            raise BadInput(f"--format is {named!r}: choose {OFFERED}.")
        return found
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(
            f"--out is {path.name!r}, whose suffix names no format: end it in .html, .pdf, .md or .json, or add --format {OFFERED}."
        )
    return SUFFIXES[path.suffix.lower()]


def refuse_unwritable(path: Path) -> None:
    """Raise BadInput for a file that cannot be written, before a report is made for it."""
    if path.is_dir():
        raise BadInput(f"--out names the folder {path}: add the name of a file.")
    if not path.parent.is_dir():
        raise BadInput(f"The folder of --out, {path.parent}, is not there: make it, or choose another.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise BadInput(f"--out, {path}, may not be written by this user: choose another folder.")


def write(document: Document, path: Path, format: Format) -> list[Path]:
    """Write the document; returns every file that was written, pictures of Markdown after it. Raises BadInput where a file cannot be written, or the
    machine lacks the browser that the format needs."""
    contents: dict[Path, str | bytes] = {}
    if format == "md":
        stem = re.sub(r"[^\w.-]+", "-", path.stem)
        files = markdown.render(document, f"{stem}-figures")
        contents[path] = files.text
        contents |= {path.parent / name: svg for name, svg in files.pictures.items()}
    else:
        contents[path] = pdf.render(document) if format == "pdf" else (html if format == "html" else as_json).render(document)
    for place, content in contents.items():
        try:
            place.parent.mkdir(exist_ok=True)
            part = temporary(place.parent, place.name)
            part.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
            put(part, place)
        except OSError as error:
            raise BadInput(f"{place} cannot be written ({error.strerror}): choose another folder with --out.") from error
    return list(contents)
