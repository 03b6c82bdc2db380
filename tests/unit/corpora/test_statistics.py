"""What is in a corpus: counts by hand, depth and crossing against their definitions."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing import corpora
from probing.corpora.sentence import Corpus, Sentence, Word
from probing.corpora.statistics import crosses, describe, tree_depth


def sentence(*words: tuple[str, str, int]) -> Sentence:
    """From (form, upos, head)."""
    return Sentence(
        "s", tuple(Word(form, "_", upos, "_", (("N", upos),) if upos == "X" else (), h, "_") for form, upos, h in words)
    )


ONE = sentence(("a", "X", 0))
TWO = sentence(("a", "X", 2), ("b", "Y", 0))
CROSSED = sentence(("a", "X", 3), ("b", "Y", 4), ("c", "Y", 0), ("d", "Y", 3))
FLAT = sentence(("e", "_", -1), ("f", "_", -1))


def test_a_corpus_by_hand() -> None:
    tables = describe(Corpus("c", "h", {"train": [ONE, TWO, TWO, CROSSED], "dev": [TWO, FLAT], "test": [FLAT]}))
    sizes = tables["sizes"].set_index("split")
    assert sizes.loc["train"].to_dict() == {
        "sentences": 4,
        "words": 9,
        "types": 4,
        "mean_length": 9 / 4,
        "longest": 4,
        "mean_depth": (1 + 2 + 2 + 3) / 4,
        "deepest": 3,
        "crossing_share": 1 / 4,
    }
    assert sizes.loc["dev", ["sentences", "words", "mean_depth"]].tolist() == [2, 4, 2], "depth is of sentences with a tree"
    assert sizes.loc[["test"], "mean_depth"].isna().all()
    labels = tables["labels"].set_index(["kind", "label", "split"])["count"].to_dict()
    assert labels == {
        ("upos", "X", "train"): 4,
        ("N", "X", "train"): 4,
        ("upos", "Y", "train"): 5,
        ("upos", "X", "dev"): 1,
        ("N", "X", "dev"): 1,
        ("upos", "Y", "dev"): 1,
    }
    assert tables["lengths"].query("split == 'train'")[["value", "sentences"]].values.tolist() == [[1, 1], [2, 2], [4, 1]]
    assert tables["depths"].query("split == 'train'")[["value", "sentences"]].values.tolist() == [[1, 1], [2, 2], [3, 1]]
    assert tables["leaks"].values.tolist() == [["train", "dev", 1], ["train", "test", 0], ["dev", "test", 1]]


def test_an_empty_split_has_sizes_and_no_means() -> None:
    sizes = describe(Corpus("c", "h", {"train": [ONE], "dev": []}))["sizes"].set_index("split")
    assert sizes.loc["dev", ["sentences", "words", "types"]].tolist() == [0, 0, 0]
    assert sizes.loc[["dev"], ["mean_length", "mean_depth", "crossing_share"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("heads", "depth", "crossing"),
    [
        ([0], 1, False),
        ([0, 1, 1, 1], 2, False),  # a star: all its arcs share a word
        ([2, 3, 4, 0], 4, False),  # a chain
        ([3, 4, 0, 3], 3, True),
        ([0, 1, 2, 1], 3, False),  # arcs from one word, one within the other
        ([3, 0, 2], 3, False),  # an arc over the root crosses none between words
        ([-1, -1], None, False),
    ],
)
def test_depth_and_crossing_by_hand(heads: list[int], depth: int | None, crossing: bool) -> None:
    assert tree_depth(heads) == depth
    assert crosses(heads) is crossing


@st.composite
def trees(draw: st.DrawFn) -> list[int]:
    order = draw(st.permutations(range(1, draw(st.integers(1, 9)) + 1)))
    heads = [0] * len(order)
    for place, node in enumerate(order[1:], start=1):
        heads[node - 1] = order[draw(st.integers(0, place - 1))]
    return heads


@settings(max_examples=300, deadline=None)
@given(trees())
def test_depth_and_crossing_as_defined(heads: list[int]) -> None:
    def depth(word: int) -> int:
        return 1 + depth(heads[word - 1]) if word else 0

    arcs = [(min(i, head), max(i, head)) for i, head in enumerate(heads, start=1) if head]
    assert tree_depth(heads) == max(depth(word) for word in range(1, len(heads) + 1))
    assert crosses(heads) is any(a < c < b < d for a, b in arcs for c, d in arcs)


def test_five_thousand_words_take_no_time() -> None:
    nested = [0] + [1] * 4999
    chain = list(range(5000))
    began = time.process_time()
    assert tree_depth(chain) == 5000
    assert not crosses(chain)
    assert not crosses(nested)
    assert time.process_time() - began < 1


def test_a_real_treebank(real_data: Path) -> None:
    sizes = describe(corpora.find(str(real_data / "ud_english_ewt")).load())["sizes"].set_index("split")
    assert sizes["words"].to_dict() == {"train": 204_577, "dev": 25_147, "test": 25_094}
    assert sizes["crossing_share"].between(0.01, 0.03).all(), "English is nearly projective"
    assert sizes["deepest"].max() < 25
