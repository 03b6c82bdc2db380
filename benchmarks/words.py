"""What the benchmarks of probes share: a treebank's words at every layer of a checkpoint, with their labels and control labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cache.activations import Reader
from cache.keys import sentence_key
from cache.store import Store
from probing import checkpoints, corpora, tasks
from probing.checkpoints import Checkpoint
from probing.corpora.sentence import Corpus
from probing.extraction import collection, extract
from probing.settings import Settings
from probing.tasks import control
from probing.tasks.task import Labelled

SPLITS = ("train", "dev", "test")


def encoded(
    checkpoint: str, corpus: str, limits: dict[str, int | None], precision: str = "fp32"
) -> tuple[Corpus, Checkpoint, dict[str, Reader]]:
    """The first sentences of a corpus, the checkpoint, and a reader a split; encodes what the store lacks."""
    settings = Settings.read()
    store = Store(settings.store)
    found = checkpoints.find(checkpoint, settings)
    source = corpora.find(corpus, store_uploads=settings.store / "uploads", roots=settings.roots)
    text = source.load().first(limits)
    forms = {name: [sentence.forms for sentence in text.splits[name]] for name in SPLITS}
    extract(found, [form for split in forms.values() for form in split], store, precision=precision)
    stored = collection(store, found, "mean", precision)
    return text, found, {name: stored.reader([sentence_key(form) for form in forms[name]]) for name in SPLITS}


@dataclass
class Words:
    """`gold` [N] a split; `drawn(seed)` the control labels; `vectors(layer)` [N, D] fp32 a split."""

    labelled: Labelled
    types: dict[str, list[str]]
    readers: dict[str, Reader]
    layers: int  # with the embedding layer

    @classmethod
    def read(cls, checkpoint: str, corpus: str, task: str, limits: dict[str, int | None], precision: str = "fp32") -> Words:
        """Encodes what the store lacks."""
        text, found, readers = encoded(checkpoint, corpus, limits, precision)
        labelled = tasks.get_task(task).label(text)
        return cls(
            labelled,
            {name: control.types_of(text.splits[name], labelled.splits[name], found.facts.uncased) for name in SPLITS},
            readers,
            found.facts.layers + 1,
        )

    @property
    def gold(self) -> dict[str, np.ndarray]:
        return {name: self.labelled.splits[name].label for name in SPLITS}

    @property
    def classes(self) -> int:
        return len(self.labelled.classes)

    def drawn(self, seed: int) -> dict[str, np.ndarray]:
        train = self.labelled.splits["train"].label
        return {name: control.control_labels(train, self.types[name], self.classes, seed) for name in SPLITS}

    def seen(self, split: str) -> np.ndarray:
        return control.seen(self.types["train"], self.types[split])

    def vectors(self, layer: int) -> dict[str, np.ndarray]:
        items = self.labelled.splits
        return {name: reader.words(layer, items[name].sentence, items[name].word) for name, reader in self.readers.items()}
