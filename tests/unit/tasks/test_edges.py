"""Tasks of arcs and of a user's spans, on sentences whose answers were worked out by hand, in English and in Finnish."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from probing import corpora, tasks
from probing.corpora.sentence import Corpus, Sentence, Target, Word
from probing.errors import BadInput
from probing.tasks.edges import ARC, NO_ARC
from probing.tasks.task import Labelled


def sentence(name: str, *words: tuple[str, int, str]) -> Sentence:
    return Sentence(name, tuple(Word(form, "_", "X", "_", (), head, deprel) for form, head, deprel in words))


ENGLISH = sentence(
    "en", ("The", 2, "det"), ("dogs", 3, "nsubj:pass"), ("were", 0, "root"), ("fed", 3, "xcomp"), (".", 3, "punct")
)
# "Kissa on talossani." (The cat is in my house.)
FINNISH = sentence("fi", ("Kissa", 3, "nsubj:cop"), ("on", 3, "cop"), ("talossani", 0, "root"), (".", 3, "punct"))
TREELESS = sentence("none", ("No", -1, "_"), ("tree", -1, "_"))


def text(*sentences: Sentence) -> Corpus:
    return Corpus("made", "h", {split: list(sentences) for split in ("train", "dev", "test")})


def pairs(found: Labelled, split: str = "train") -> list[tuple[int, int, int, str]]:
    """(sentence, first word, second word, label)."""
    items = found.splits[split]
    assert items.end is not None
    assert items.second is not None
    assert (items.end == items.word + 1).all()
    assert (items.second.end == items.second.begin + 1).all()
    assert (items.second.sentence == items.sentence).all()
    return [
        (int(s), int(a), int(b), found.classes[label])
        for s, a, b, label in zip(items.sentence, items.word, items.second.begin, items.label, strict=True)
    ]


def test_arc_labels_by_hand() -> None:
    found = tasks.get_task("arc_label").label(text(ENGLISH, TREELESS, FINNISH))
    assert pairs(found) == [(0, 0, 1, "det"), (0, 1, 2, "nsubj"), (0, 3, 2, "xcomp"), (2, 0, 2, "nsubj"), (2, 1, 2, "cop")]
    assert any("6 arcs of punctuation" in note for note in found.notes), "two in each of three splits"


def test_arcs_have_a_partner_as_far_apart_or_are_left_out_by_hand() -> None:
    # At distance 1 there are three arcs and one free pair, "Kissa on"; at −1 "fed were" and "on Kissa"; at 2 "Kissa talossani"
    # and two free ones, "The were" and "dogs fed".
    found = tasks.get_task("arc").label(text(ENGLISH, FINNISH))
    told = pairs(found)
    free = {one[:3] for one in told if one[3] == NO_ARC}
    assert {(1, 0, 1), (1, 1, 0)} < free
    assert len(free & {(0, 0, 2), (0, 1, 3)}) == 1
    assert len(free) == 3
    arcs = {one[:3] for one in told if one[3] == ARC}
    assert {(0, 3, 2), (1, 0, 2)} < arcs
    assert len(arcs & {(0, 0, 1), (0, 1, 2), (1, 1, 2)}) == 1
    assert len(arcs) == 3
    assert sum("2 arcs of" in note and "left out" in note for note in found.notes) == 3


def test_arcs_of_the_grammar_are_matched_in_every_split() -> None:
    corpus = corpora.find("grammar").load()
    found, again = (tasks.get_task("arc").label(corpus) for _ in range(2))
    for split, sentences in corpus.splits.items():
        told = pairs(found, split)
        assert told == pairs(again, split), "seeded"
        assert len(told) == len(set(told)), "no pair twice"
        distances: dict[str, list[int]] = {ARC: [], NO_ARC: []}
        for number, first, second, label in told:
            words = sentences[number].words
            linked = words[first].head - 1 == second
            assert linked == (label == ARC)
            if label == NO_ARC:
                assert words[second].head - 1 != first, "in neither direction"
            assert "punct" not in (words[first].deprel, words[second].deprel)
            assert words[first].head > 0
            distances[label].append(second - first)
        assert sorted(distances[ARC]) == sorted(distances[NO_ARC])
        lost = sum(int(note.split()[1].replace(",", "")) for note in found.notes if f"arcs of {split} " in note)
        arcs = sum(
            w.head > 0 and w.deprel != "punct" and s.words[w.head - 1].deprel != "punct" for s in sentences for w in s.words
        )
        assert len(distances[ARC]) == arcs - lost > 0.9 * arcs


def test_targets_of_own_data_are_spans_or_pairs() -> None:
    marked = replace(
        ENGLISH,
        targets=(
            Target("AGENT", (0, 2), (3, 4)),
            Target("ANIMAL", (0, 2)),
            Target("ACT", (2, 4)),
            Target("FOOD", (3, 4), (0, 2)),
        ),
    )
    spans = tasks.get_task("span_label").label(text(TREELESS, marked))
    items = spans.splits["test"]
    assert items.end is not None
    assert items.second is None
    assert list(zip(items.sentence, items.word, items.end, items.label, strict=True)) == [(1, 0, 2, 1), (1, 2, 4, 0)]
    assert spans.classes == ("ACT", "ANIMAL")
    assert spans.level == "span"
    edges = tasks.get_task("edge_label").label(text(TREELESS, marked))
    second = edges.splits["test"].second
    assert second is not None
    assert np.stack([second.begin, second.end]).T.tolist() == [[3, 4], [0, 2]]
    assert edges.classes == ("AGENT", "FOOD")


@pytest.mark.parametrize(
    ("task", "needs"),
    [
        ("arc_label", "labelled arcs between words"),
        ("arc", "arcs and pairs at the same distance without one"),
        ("span_label", "labelled spans"),
        ("edge_label", "labelled pairs of spans"),
    ],
)
def test_what_a_corpus_lacks_is_said(task: str, needs: str) -> None:
    with pytest.raises(BadInput, match=f"^{task} needs {needs}, and train of made has none: "):
        tasks.get_task(task).label(text(TREELESS))


@pytest.mark.parametrize("task", ["span_label", "edge_label"])
def test_one_label_is_refused(task: str) -> None:
    marked = replace(ENGLISH, targets=(Target("A", (0, 1)), Target("A", (0, 1), (1, 2))))
    with pytest.raises(BadInput, match=f"{task} has one label, 'A', in train of made"):
        tasks.get_task(task).label(text(marked))
