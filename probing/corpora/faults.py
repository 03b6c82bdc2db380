"""What keeps a line or row from being a sentence, and when that is too much."""

from __future__ import annotations

from collections.abc import Sequence

from probing.corpora.sentence import Complaint
from probing.errors import BadInput

MAX_BAD_SHARE = 0.1  # a file with more broken sentences than this is not the file its owner believes it to be


class FaultError(Exception):
    """What keeps a sentence from being read, as a sentence."""


def left_out(faults: Sequence[Complaint], kept: int, unit: str = "line", mend: str = "mend the file") -> list[Complaint]:
    """The complaints about broken sentences beside `kept` good ones. Raises BadInput where more than a tenth is broken."""
    total = kept + len(faults)
    if len(faults) > MAX_BAD_SHARE * total:
        first = faults[0]
        raise BadInput(
            f"{first.file}, {unit} {first.line}: {first.message} {len(faults):,} of {total:,} sentences are broken, too many to leave "
            f"out: {mend}."
        )
    return [Complaint(fault.file, fault.line, f"{fault.message} The sentence was left out.") for fault in faults]
