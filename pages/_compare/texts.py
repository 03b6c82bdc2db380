"""Other text on which the checkpoints of the chosen runs were probed too: another test split, or another corpus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pages.shared.results import ShownRun
from probing.records.run import RecordedCheckpoint


class OtherText(NamedTuple):
    """A split; of another corpus where `corpus`, its hash, is not None."""

    title: str
    split: str
    corpus: str | None

    def names(self, records: Sequence[ShownRun], entries: dict[str, RecordedCheckpoint], *shown: str) -> list[str] | None:
        """What checkpoints that are `shown` elsewhere are named on this text; None where one of them was not run on it."""
        if self.corpus is None:
            return list(shown)
        present = [entry for record in records if record.corpus.hash == self.corpus for entry in record.checkpoints]
        here = {entry.fingerprint: entry.name for entry in reversed(present)}
        found = [here.get(entries[name].fingerprint) for name in shown]
        return [name for name in found if name is not None] if None not in found else None


def others(records: Sequence[ShownRun], base: str, split: str, splits: list[str]) -> list[OtherText]:
    """Of runs that `results.apart` has named: their test `splits` but `split`, and corpora on which the base bears another name."""
    found = [OtherText(other, other, None) for other in splits if other != split]
    own = {record.corpus.hash for record in records if base in record.shown.values()}
    corpora = {record.corpus.hash: record.corpus.name for record in records if record.corpus.hash not in own}
    return found + [OtherText(f"{split} of {name}", split, corpus) for corpus, name in corpora.items()]
