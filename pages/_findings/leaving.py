"""A board as a file: one HTML file, PDF, slides, Markdown with pictures."""

from __future__ import annotations

import io
import re
import zipfile
from functools import partial

import streamlit as st

from pages.shared import facts
from probing.reports import board_document, browser, html, images, markdown, pdf
from probing.reports.boards import Board
from probing.reports.framing import Theme

PDF, ZIP = "application/pdf", "application/zip"
THEMES: dict[Theme, str] = {"light": "Light", "dark": "Dark"}


def popover(board: Board) -> None:
    """The button that opens the formats."""
    place = st.popover(
        "Export", icon=":material/download:", width="stretch", key="board-export", on_change="rerun", disabled=not board.pins
    )
    if not place.open:
        return
    with place:
        name = re.sub(r"[^\w.-]+", "-", board.name).strip("-") or "findings"
        address = facts.address()
        lacking = browser.found() is None
        theme: Theme = st.segmented_control(
            "Colours of slides", list(THEMES), default="light", required=True, key="slides-theme", format_func=THEMES.__getitem__
        )
        made = partial(board_document.document, board, address)
        slides = partial(board_document.slides, board, theme, address)
        _button("HTML", "One file that opens anywhere; P presents it", lambda: html.render(made()), f"{name}.html", "text/html")
        _button("PDF", "To read on paper", lambda: pdf.render(made()), f"{name}.pdf", PDF, lacking)
        _button("Slides", "PDF, one finding a page, 16 : 9", lambda: images.pdf(slides()), f"{name}-slides.pdf", PDF, lacking)
        _button(
            "Markdown",
            "Text with pictures, zipped",
            lambda: zipped(markdown.render(made(), f"{name}-figures"), name),
            f"{name}.zip",
            ZIP,
        )
        if lacking:
            st.caption(browser.LACKING)


def zipped(files: markdown.Files, name: str) -> bytes:
    """The text and its pictures, the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in {f"{name}.md": files.text, **files.pictures}.items():
            archive.writestr(zipfile.ZipInfo(path), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _button(label: str, said: str, make: object, file: str, mime: str, disabled: bool = False) -> None:
    st.download_button(
        label, data=make, file_name=file, mime=mime, key=f"board-{label}", on_click="ignore", icon=":material/download:", help=said,
        disabled=disabled, type="tertiary",
    )  # type: ignore[call-overload]  # fmt: skip
