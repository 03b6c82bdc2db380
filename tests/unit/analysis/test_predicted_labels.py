"""Labels of a typed sentence: the stored probes answer as their family did, and what differs between two checkpoints is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from probing.analysis import predicted_labels
from probing.analysis.predicted_labels import WHOLE, LabelReading, differing, headline, predict_labels, spoken
from tests.planted.words import SIZES, PlantedReader, corpus
from tests.unit.cells.rows import answered

CLASSES = ("NOUN", "VERB", "X")


@pytest.mark.parametrize(
    ("probe", "seed", "more"),
    [
        ("linear", 0, {}),
        ("linear", 0, {"dimension": 4}),
        ("mlp", 0, {"width": 8}),
        ("mlp", 1, {"width": 8}),
        ("low_rank", 0, {"rank": 2}),
    ],
)
def test_a_stored_probe_answers_as_its_family_did(store_root: Path, probe: str, seed: int, more: dict[str, Any]) -> None:
    found = answered("upos", probes=(probe,), **more)
    reader, classes = PlantedReader(corpus()), ("ADJ", "NOUN", "VERB")
    items = found.items[(found.items["split"] == "test") & (found.items["seed"].fillna(seed) == seed)]
    for layer in (0, 1):
        own = items[items["layer"] == layer]
        sentence = own["sentence"].to_numpy() + SIZES["train"] + SIZES["dev"]
        vectors = {layer: reader.words(layer, sentence, own["word"].to_numpy())}
        there = np.ones(len(own), bool)
        reading = predict_labels("it", 1, [""] * len(own), classes, found.probes, seed, there, vectors)
        assert [reading.label(layer, word) for word in range(len(own))] == own["predicted"].tolist()
        gold = [classes.index(label) for label in own["gold"]]
        np.testing.assert_allclose(np.log2(reading.chances[0, np.arange(len(own)), gold]), own["log2p"], atol=1e-5)
        np.testing.assert_allclose(reading.chances.sum(-1), 1, atol=1e-5)


def reading(
    name: str, *rows: str, words: tuple[str, ...] = ("run", "a", "run"), chance: float = 0.8, lacking: int = -1
) -> LabelReading:
    """A row a layer: the first letter of the label of each word."""
    chances = np.full((len(rows), len(words), 3), (1 - chance) / 2)
    for layer, row in enumerate(rows):
        for word, letter in enumerate(row):
            chances[layer, word, "NVX".index(letter)] = chance
    present = np.arange(len(words)) != lacking
    return LabelReading(name, max(1, len(rows) - 1), words, CLASSES, tuple(range(len(rows))), present, chances)


def test_the_difference_of_most_layers_is_said() -> None:
    base = reading("base", "VXN", "VXN", "VXN", "VXN")
    other = reading("BitFit", "VXN", "VXV", "VXV", "NXV")
    assert differing(base, other) == {(1, 2), (2, 2), (3, 2), (3, 0)}
    assert headline(base, [other]) == "At layers 1 to 3 BitFit reads “run” (word 3) as VERB, base as NOUN (4 of 12 cells differ)."
    assert headline(base, [other, base]).splitlines()[1] == "base reads every word as base does, at every layer."


def test_of_as_many_layers_the_surest_is_said_and_a_word_without_a_vector_is_not() -> None:
    base = reading("base", "NNN")
    other = reading("two", "VVN")
    base.chances[0, 1], other.chances[0, 1] = (0.9, 0.05, 0.05), (0.05, 0.9, 0.05)
    assert "“a” as VERB" in headline(base, [other])
    assert "“run” (word 1) as VERB" in headline(base, [reading("two", "VVN", lacking=1)])
    assert reading("two", "VVN", lacking=1).label(0, 1) is None


def test_checkpoints_of_other_depths_are_compared_at_the_nearest_relative_depth() -> None:
    base = reading("base", *["N"] * 3, *["V"] * 4, words=("it",))
    assert differing(base, reading("small", "N", "V", "V", words=("it",))) == set()
    other = reading("small", "N", "N", "V", words=("it",))
    assert differing(base, other) == {(1, 0)}
    assert headline(base, [other]) == (
        "At layer 1 small reads “it” as NOUN, base as VERB at layer 3, at the same share of its depth (1 of 3 cells differ)."
    )


def test_of_one_checkpoint_the_latest_change_is_said() -> None:
    one = reading("base", "NXN", "VXN", "VXV", "VXV")
    assert headline(one, []) == "From layer 2 on base reads “run” (word 3) as VERB, at layer 1 as NOUN."
    assert headline(reading("base", "N", "N", words=(WHOLE,)), []) == "base reads the sentence alike at every layer."
    assert headline(reading("base", "N", words=("it",), lacking=0), []) == "base has no vector for these words."


def test_layers_are_spoken_as_stretches() -> None:
    told = [spoken(one) for one in ([2], [1, 2], [3, 1, 2], [0, 2, 4, 5, 6], [0, 2, 4])]
    assert told == ["layer 2", "layers 1 and 2", "layers 1 to 3", "layers 0, 2 and 4 to 6", "layers 0, 2 and 4"]


def test_the_table_has_every_probability() -> None:
    table = reading("base", "NXN", "VXN").table()
    assert len(table) == 2 * 3 * 3
    row = table[(table["layer"] == 1) & (table["position"] == 1) & (table["label"] == "VERB")]
    assert row[["checkpoint", "word", "probability"]].to_numpy().tolist() == [["base", "run", 0.8]]
    assert predicted_labels.under({"1/0/mean": np.ones(1), "10/0/mean": np.ones(1)}, "1/0/").keys() == {"mean"}
