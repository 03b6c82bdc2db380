"""Numbers and foreign text as a reader should meet them."""

from __future__ import annotations

import datetime
import re
import time

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:<>])")
_ADDRESS = re.compile(r"(?<=https)(?=://)|(?<=http)(?=://)|(?<=www)(?=\.)|(?=@[-\w]+\.)", re.IGNORECASE)
_JOINER = "\u2060"  # is not seen, and parts no word


def escape(text: str) -> str:
    """Text that Streamlit's Markdown shows as it is: names, paths and messages are not markup.

    What looks like an address becomes a link after escapes are read, so a sign that nobody sees is put into it.
    """
    return _MARKUP.sub(r"\\\1", _ADDRESS.sub(_JOINER, text))


def size(count: float) -> str:
    """Bytes in the unit that leaves one to three digits before the point (powers of 1,000, as disks are sold)."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(amount) < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def duration(seconds: float) -> str:
    """Seconds to the precision that somebody who waits cares for."""
    if seconds < 1:
        return "< 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def ago(moment: float | str | None) -> str:
    """How long ago a time was: seconds since 1970 or an ISO date; "never" for none."""
    if moment is None:
        return "never"
    then = datetime.datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else float(moment)
    passed = max(0.0, time.time() - then)
    if passed < 60:
        return "just now"
    for unit, length, many in (("minute", 60, 60), ("hour", 3600, 24), ("day", 86400, 60)):
        if passed < length * many:
            number = int(passed // length)
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return datetime.datetime.fromtimestamp(then).strftime("%-d %B %Y")


def many(count: int, noun: str, plural: str | None = None) -> str:
    """`3 runs`, `1 run`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
