"""A corpus whose tags are planted in the vectors of one layer."""

from __future__ import annotations

import numpy as np

from probing.corpora.sentence import Corpus, Sentence, Word

FORMS = {"NOUN": ("cat", "dog", "sun", "tree"), "VERB": ("runs", "sees", "eats", "falls"), "ADJ": ("red", "big", "old")}
SIZES = {"train": 120, "dev": 60, "test": 60}


def corpus() -> Corpus:
    draw = np.random.default_rng(0)
    splits = {}
    for split, size in SIZES.items():
        sentences = []
        for number in range(size):
            tags = draw.choice(list(FORMS), 5)
            words = tuple(Word(str(draw.choice(FORMS[t])), "_", str(t), "_", (), -1, "_") for t in tags)
            sentences.append(Sentence(f"{split}-{number}", words))
        splits[split] = sentences
    return Corpus("planted", "0" * 32, splits)


class PlantedReader:
    """Layer 0 is noise, layer 1 carries the tag; the last word of every sentence has no vector."""

    width = 6

    def __init__(self, text: Corpus) -> None:
        self.sentences = [sentence for split in text.splits.values() for sentence in split]

    def present(self, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        return np.asarray(word) < 4

    def words(self, layer: int, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        tags = [list(FORMS).index(self.sentences[s].words[w].upos) for s, w in zip(sentence, word, strict=True)]
        noise = np.random.default_rng(layer).normal(size=(len(tags), 6)).astype(np.float32)
        return noise + (4 * np.eye(6, dtype=np.float32)[tags] if layer else 0)
