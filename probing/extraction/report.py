"""What an extraction did, and which words have no vector."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ExtractionReport:
    """Counts of one call. Words are counted as the text has them, repeated sentences each time.

    `encoded` and `reused` are distinct sentences; `tokens` are sub-words that went through the model (specials counted,
    pads not), `padding_efficiency` their share of what it computed (1.0 where nothing was); `seconds` from the first
    pass to the last shard written. `check` are sentences of the checkpoint's self-check that a reader should know.
    """

    forward_passes: int = 0
    encoded: int = 0
    reused: int = 0
    tokens: int = 0
    seconds: float = 0.0
    padding_efficiency: float = 1.0
    missing_words: int = 0
    truncated_words: int = 0
    truncated_sentences: int = 0
    check: tuple[str, ...] = ()

    def notes(self, name: str) -> list[str]:
        """Sentences for the reader of a result; `name` is the checkpoint's."""
        notes = list(self.check)
        if self.missing_words:
            notes.append(f"{name}: {self.missing_words:,} words have no vector, since its tokenizer splits them into nothing.")
        if self.truncated_words:
            notes.append(
                f"{name}: {self.truncated_words:,} words in {self.truncated_sentences:,} sentences have no vector, "
                "since they lie beyond the model's maximal length."
            )
        return notes
