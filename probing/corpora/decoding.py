"""Bytes as text, with a complaint for each fault.

UTF-8 is tried first, and a mark at the file's beginning is believed. A file of UTF-8 with some lines of other bytes stays UTF-8: those
bytes become lone surrogates (PEP 383), which `check_bytes` finds, so that each costs its line and not the file. A file in which lines of
UTF-8 are rare is read as Windows-1252, and as Latin-1 where Windows has no sign for a byte.
"""

from __future__ import annotations

import codecs
import re

from probing.corpora.faults import FaultError
from probing.corpora.sentence import Complaint
from probing.errors import BadInput, advised

PAIR = re.compile(
    rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]"
)  # a sign as two surrogates, each in UTF-8's way (CESU-8)
BAD = re.compile("[\udc80-\udcff]")
MARKS = (  # the longer first: UTF-16's mark begins that of UTF-32
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
HEAD_BYTES = 4_096  # bytes in which a UTF-16 file without a mark shows
RARE = 0.1  # as many lines of UTF-8 to one of other bytes, and less, are chance
# Half of a pair of surrogates in JSON's escapes; a pair or another escape is matched so that it is passed over.
HALF = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.", re.DOTALL)


def decoded(data: bytes, file: str, complaints: list[Complaint], encoding: str = "", latin: bool = True) -> str:
    """The text of a file, line ends as LF; what no line of it should have is still to be found with `check_bytes`.

    With `latin` a file that is not UTF-8 throughout is read as Windows-1252 or Latin-1, with a complaint. Raises BadInput where the named
    encoding, or the one that the file's mark tells, is not that of the file.
    """
    if data.startswith(codecs.BOM_UTF8):
        if encoding in {"", "utf-8", "utf-8-sig"}:
            complaints.append(Complaint(file, 1, "the file begins with a byte-order mark, which was passed over."))
        data, encoding = data[3:], "utf-8"
    elif not encoding and (detected := _detected(data)):
        encoding = detected
        complaints.append(Complaint(file, 1, f"the file is {detected.upper()}, and was read as such."))
    text = (
        _other(data, file, encoding) if encoding not in {"", "utf-8"} else _utf8(data, file, complaints, latin and not encoding)
    )
    if "\r" in text:
        complaints.append(Complaint(file, text[: text.index("\r")].count("\n") + 1, "lines end in CR LF, which was read as LF."))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def check_bytes(text: str) -> None:
    """Raises FaultError where a line, or a part of one, has a byte that was not UTF-8."""
    if not text.isascii() and (found := BAD.search(text)):
        raise FaultError(f"byte 0x{ord(found[0]) - 0xDC00:02x} is not UTF-8.")


def beginning(head: bytes, encoding: str = "") -> str:
    """The text of a file's first bytes, for a look: a sign that is cut, or none, is left out or replaced."""
    if head.startswith(codecs.BOM_UTF8):
        head, encoding = head[3:], "utf-8"
    codec = encoding or _detected(head)
    if not codec:
        text = PAIR.sub(_as_one, head).decode("utf-8", "surrogateescape")
        codec = "cp1252" if BAD.search(text) and not _mostly_utf8(text) else "utf-8"
    return head.decode(codec, "replace").replace("\r\n", "\n").replace("\r", "\n")


def whole_signs(text: str, file: str, complaints: list[Complaint]) -> str:
    """JSON in which half a sign (of an emoji that was cut in two) is written as what stands for unknown signs: no model reads a half."""
    if "\\ud" not in text and "\\uD" not in text:
        return text
    halves: list[int] = []  # where they stand

    def mend(found: re.Match[str]) -> str:
        if len(found[0]) != 6:
            return found[0]
        halves.append(found.start())
        return "\\ufffd"

    mended = HALF.sub(mend, text)
    if halves:
        said = f"{len(halves):,} halves of signs, such as of an emoji that was cut in two, were read as �."
        complaints.append(Complaint(file, text.count("\n", 0, halves[0]) + 1, said))
    return mended


def read_otherwise(data: bytes) -> bool:
    """Whether the text is another than it was before Windows-1252 and UTF-16 were known, when one byte made a whole file Latin-1."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return decoded(data, "", []) != decoded(data.decode("latin-1").encode(), "", [])
        except BadInput:
            return True
    return not data.startswith(codecs.BOM_UTF8) and bool(_detected(data))


def _detected(data: bytes) -> str:
    """The encoding that the first bytes tell; "" for none."""
    marked = next((name for mark, name in MARKS if data.startswith(mark)), "")
    first = data[:HEAD_BYTES]
    if marked or b"\0" not in first:
        return marked
    even, odd, half = first[::2].count(0), first[1::2].count(0), len(first) // 2
    if odd > 0.4 * half and not even:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and not odd else ""


def _utf8(data: bytes, file: str, complaints: list[Complaint], latin: bool) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        whole, pairs = PAIR.subn(_as_one, data)
        text = whole.decode("utf-8", "surrogateescape")
    bad = BAD.search(text)
    if pairs and (bad is None or not latin or _mostly_utf8(text)):
        first = PAIR.search(data)
        line = data.count(b"\n", 0, first.start() if first else 0) + 1
        complaints.append(
            Complaint(file, line, f"signs are written as two halves, such as of an emoji, and were read as one ({pairs:,}).")
        )
    if bad is None or not latin or _mostly_utf8(text):
        return text
    where, byte = text.count("\n", 0, bad.start()) + 1, ord(bad[0]) - 0xDC00
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    name = "Latin-1" if text == data.decode("latin-1") else "Windows-1252"
    complaints.append(Complaint(file, where, f"byte 0x{byte:02x} is not UTF-8, so the whole file was read as {name}."))
    return text


def _as_one(pair: re.Match[bytes]) -> bytes:
    return pair[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _mostly_utf8(text: str) -> bool:
    """Whether lines with signs of UTF-8 are more than chance beside those with other bytes."""
    good = bad = 0
    for line in text.split("\n"):
        if not line.isascii():
            if BAD.search(line):
                bad += 1
            else:
                good += 1
    return good > RARE * bad


def _other(data: bytes, file: str, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        where = data.count(b"\n", 0, start) + 1
        raise advised(
            f"{file}, line {where}: the bytes are not {encoding.upper()}",
            "name the file's encoding with --encoding, or save it as UTF-8",
            "save the file as UTF-8, or add it under Add data on the page Corpora and data with its encoding",
            "choose the file's encoding, or save it as UTF-8",
        ) from error
