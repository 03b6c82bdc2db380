"""What keeps a line or row from being a sentence, and when that is too much."""

from __future__ import annotations

from collections.abc import Sequence

from probing.corpora.sentence import Complaint
from probing.errors import BadInput

MAX_BAD_SHARE = 0.1  # a file with more broken sentences than this is not the file its owner believes it to be


class FaultError(Exception):
    """What keeps a sentence from being read, as a sentence; and the line at which it shows, where one is told."""

    def __init__(self, said: str, line: int = 0) -> None:
        super().__init__(said)
        self.line = line


class NoLabelError(FaultError):
    """A sentence that is whole and has no label: nothing is broken, and it is left out however many there are."""


class Unlabelled(BadInput):
    """A file without a label. Where it is not train, the corpus goes on without it: benchmarks publish their test so."""


def left_out(faults: Sequence[Complaint], read: int, unit: str = "line", mend: str = "mend the file") -> list[Complaint]:
    """The complaints about broken sentences beside `read` good ones. Raises BadInput where more than a tenth is broken."""
    total = read + len(faults)
    if len(faults) > MAX_BAD_SHARE * total:
        first = faults[0]
        raise BadInput(
            f"{first.file}, {unit} {first.line}: {first.message} {len(faults):,} of {total:,} sentences are broken, too many to leave "
            f"out: {mend}."
        )
    return [Complaint(fault.file, fault.line, f"{fault.message} The sentence was left out.") for fault in faults]


def unlabelled(found: Sequence[Complaint], read: int, unit: str = "line") -> list[Complaint]:
    """One complaint about all sentences without a label. Raises Unlabelled where there are no others."""
    if not found:
        return []
    first = found[0]
    if not read:
        raise Unlabelled(
            f"{first.file}, {unit} {first.line}: {first.message} None of {len(found):,} sentences has a label: give labelled text."
        )
    others = (
        f" It and {len(found) - 1:,} more without a label were left out." if len(found) > 1 else " The sentence was left out."
    )
    return [Complaint(first.file, first.line, first.message + others)]
