"""An architecture under test: its tiny checkpoint, what the reference reads of it, and what the product says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cache.keys import sentence_key
from cache.store import Store
from probing.checkpoints import Checkpoint, resolve
from probing.extraction import collection, extract
from probing.extraction.attention import maps
from tests.architectures import instances, reference
from tests.architectures.vocabularies import tokenizer

Sentence = tuple[str, ...]
TEXT = [
    "the cat sat on the mat",
    "a dog",
    "unbelievable things happen to good dogs , said the cat .",
    "cats",
    "good dogs sat .",
    "the unbelievable dog's cat",
    "to be on a mat , it's good",
    "the the the cat",
    "dogs and cats",
]
SENTENCES: list[Sentence] = [tuple(text.split()) for text in TEXT]
TOLERANCE = 1e-4  # of a layer's largest value
BUDGET = 300  # sub-words a batch: several batches, some of them with many pads


@dataclass(frozen=True)
class Subject:
    """`name` is one of names.NAMES; `folder` holds its checkpoint, `model` the same in memory."""

    name: str
    folder: Path
    model: Any = field(repr=False)

    @classmethod
    def make(cls, name: str, folder: Path) -> Subject:
        model = instances.build(name)
        place = folder / name.replace(", ", "-").replace(" ", "-")
        return cls(name, instances.save(name, model, place), instances.encoder(model))

    @cached_property
    def tokenizer(self) -> Any:
        return tokenizer(instances.kind_of(self.name))

    @cached_property
    def checkpoint(self) -> Checkpoint:
        return resolve(str(self.folder), self.store.root, offline=True)

    @cached_property
    def store(self) -> Store:
        """A store of its own, which keeps the self-check."""
        return Store(self.folder.parent / "store")

    @cached_property
    def read(self) -> list[reference.Read]:
        """What the reference reads of SENTENCES."""
        return [reference.read(self.name, self.model, self.tokenizer, sentence) for sentence in SENTENCES]

    def extracted(self, pooling: str, budget: int | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """(vectors of all words [W, D], of all sentences [S, D]) of SENTENCES, layer by layer, encoded in another order."""
        order = np.random.default_rng(1).permutation(len(SENTENCES))
        options: dict[str, Any] = {"pooling": pooling, "precision": "fp32", "token_budget": budget}
        extract(self.checkpoint, [SENTENCES[i] for i in order], self.store, **options)
        reader = collection(self.store, self.checkpoint, pooling, "fp32").reader([sentence_key(forms) for forms in SENTENCES])
        sentence, word = everywhere()
        for layer in range(reader.layers):
            yield reader.words(layer, sentence, word), reader.sentence_vectors(layer, np.arange(len(SENTENCES)))
        reader.close()

    def attention(self) -> list[np.ndarray]:
        """The maps [L, H, T, T] of SENTENCES."""
        return list(maps(self.checkpoint, SENTENCES, self.store.root, precision="fp32", between="tokens"))


def everywhere() -> tuple[np.ndarray, np.ndarray]:
    """(sentence [W], word [W]) of every word of SENTENCES."""
    counts = [len(forms) for forms in SENTENCES]
    return np.repeat(np.arange(len(counts)), counts), np.concatenate([np.arange(count) for count in counts])


def expected(read: Sequence[reference.Read], pooling: str, layer: int) -> tuple[np.ndarray, np.ndarray]:
    """(vectors of all words [W, D], of all sentences [S, D]) as the reference has them."""
    words = [read[sentence].word(word, pooling)[layer] for sentence, word in zip(*everywhere(), strict=True)]
    return np.stack(words), np.stack([one.sentence(pooling)[layer] for one in read])
