"""Where a word's head stands, how far away and how deep the word is: checked by hand in English and Polish."""

from __future__ import annotations

import pytest

from probing import tasks
from probing.tasks.heads import depths, direction, distances
from tests.handmade import ALL, corpus


@pytest.mark.parametrize(
    ("name", "sides", "away", "deep"),
    [
        # The old dogs chased a small cat .
        ("en1", "right right right root right right left _", [2, 1, 1, None, 2, 1, 3, None], [3, 3, 2, 1, 3, 3, 2, None]),
        # Was the letter written by the clerk ?
        ("en6", "right right right root right right left _", [3, 1, 1, None, 2, 1, 3, None], [2, 3, 2, 1, 3, 3, 2, None]),
        # Dzieci lubią bardzo słodkie jabłka .
        ("pl3", "right root right right left _", [1, None, 1, 1, 3, None], [2, 1, 4, 3, 2, None]),
        # Kupił by m chętnie nowy samochód .
        ("pl4", "root left left left right left _", [None, 1, 2, 3, 1, 5, None], [1, 2, 2, 2, 3, 2, None]),
        # List został wczoraj napisany .
        ("pl7", "right right right root _", [3, 2, 1, None, None], [2, 2, 2, 1, None]),
    ],
)
def test_by_hand(name: str, sides: str, away: list[int | None], deep: list[int | None]) -> None:
    sentence = ALL[name]
    assert [direction(sentence, i) for i in range(len(sentence.words))] == sides.split()
    assert distances(sentence) == away
    assert depths(sentence) == deep


def test_numbers_stand_beside_their_bins() -> None:
    text = [ALL["en1"], ALL["pl3"]]
    found = tasks.get_task("word_depth").label(corpus({"train": text, "dev": text, "test": text}))
    items = found.splits["test"]
    assert found.classes == ("1 deep", "2 deep", "3 deep", "4+ deep")
    assert [found.classes[k] for k in items.label[:7]] == [f"{n} deep" for n in (3, 3, 2, 1, 3, 3, 2)]
    assert items.number is not None
    assert items.number.tolist() == [3, 3, 2, 1, 3, 3, 2, 2, 1, 4, 3, 2]
    assert items.word.tolist() == [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4]
    assert found.notes == ("word_depth: 6 words that are not asked (punctuation, or without a head) were left out.",)
    away = tasks.get_task("head_distance").label(corpus({"train": text, "dev": text, "test": text})).splits["test"]
    assert away.number is not None
    assert away.number.tolist() == [2, 1, 1, 2, 1, 3, 1, 1, 1, 3], "without the roots"
