"""A corpus with labels, made in memory, and a tuning of a tiny checkpoint on it."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from cache.store import Store
from probing.corpora import Source
from probing.corpora.sentence import Corpus, Sentence, Word
from probing.settings import Settings
from probing.tuning.finetune import PreparedFineTuning, tuning
from probing.tuning.specs import TuneSpec
from probing.tuning.training import Tick

FILLER = ("the", "un", "able", ",", "zebra", "quilt")


def word(form: str, slot: str = "O") -> Word:
    return Word(form, "_", "_", "_", (), -1, "_", (("slot", slot),))


def sentence(name: str, draw: random.Random) -> Sentence:
    """The label says which animal is in it; the slot is the animal with the word behind it."""
    animal = draw.choice(["cat", "dog"])
    before = [word(draw.choice(FILLER)) for _ in range(draw.randint(1, 3))]
    named = [word(animal, f"B-{animal}"), word(draw.choice(FILLER), f"I-{animal}")]
    words = (*before, *named, word("."))
    return Sentence(name, words, 0, (("label", "1" if animal == "cat" else "0"), ("intent", animal)))


def corpus(train: int = 48, rest: int = 16) -> Corpus:
    draw = random.Random(0)
    sizes = {"train": train, "dev": rest, "test": rest}
    splits = {split: [sentence(f"{split}-{i}", draw) for i in range(size)] for split, size in sizes.items()}
    return Corpus("animals", "animals-1", splits)


def source(of: Corpus | None = None) -> Source:
    made = of or corpus()
    return Source(made.name, made.name, made.hash, lambda: made)


def settings(store: Path) -> Settings:
    return replace(Settings.read(), store=store, device="cpu")


def unwatched(_tick: Tick) -> None:
    """Nobody looks on."""


def ready(checkpoint: Path | str, store: Path, of: Corpus | None = None, **asked: Any) -> PreparedFineTuning:
    """A tuning of `checkpoint` on the animals, 6 steps of 8 sentences unless more is asked."""
    usual: dict[str, Any] = {"task": "classification", "method": "full", "steps": 6, "batch": 8}
    spec = TuneSpec.parse({"checkpoint": str(checkpoint), "data": "animals"} | usual | asked)
    return tuning(spec, settings(store), Store(store), source(of))


def run(checkpoint: Path | str, store: Path, out: Path, **asked: Any) -> tuple[PreparedFineTuning, dict[str, Any]]:
    """The same, carried out: (tuning, record)."""
    one = ready(checkpoint, store, **asked)
    return one, one.run(str(out), settings(store), unwatched).record
