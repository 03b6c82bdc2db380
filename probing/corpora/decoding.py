"""Bytes as text, with a complaint for whatever was not as it should be."""

from __future__ import annotations

from probing.corpora.sentence import Complaint
from probing.errors import BadInput


def decoded(data: bytes, file: str, complaints: list[Complaint], latin: bool = True) -> str:
    """The text of a file, line ends as LF. What is not UTF-8 is read as Latin-1 with a complaint, or refused."""
    if data.startswith(b"\xef\xbb\xbf"):
        complaints.append(Complaint(file, 1, "the file begins with a byte-order mark, which was passed over."))
        data = data[3:]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        where, byte = data.count(b"\n", 0, error.start) + 1, data[error.start]
        if not latin:
            raise BadInput(
                f"{file}, line {where}: byte 0x{byte:02x} is not UTF-8 (Latin-1 perhaps): save the file as UTF-8."
            ) from error
        complaints.append(Complaint(file, where, f"byte 0x{byte:02x} is not UTF-8, so the whole file was read as Latin-1."))
        text = data.decode("latin-1")
    if "\r" in text:
        complaints.append(Complaint(file, text[: text.index("\r")].count("\n") + 1, "lines end in CR LF, which was read as LF."))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text
