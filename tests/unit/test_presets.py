"""Presets: sentences, seeds, and tasks that the corpus has and the probe families answer."""

from __future__ import annotations

import pytest

from probing import tasks
from probing.errors import BadInput
from probing.presets import ORDER, PRESETS, place, preset_named
from probing.tasks.available import AvailableTask


def offer(name: str, reason_not: str | None = None, too_few: bool = False) -> AvailableTask:
    return AvailableTask(name, name, "?", "words", "word", 5, 500, 200, reason_not, too_few)


def test_they_grow() -> None:
    quick, standard, full = PRESETS.values()
    assert (quick.train, standard.train, full.train) == (1000, 3000, None)
    assert quick.seeds < standard.seeds < full.seeds
    assert quick.tasks < standard.tasks < full.tasks


def test_the_first_tasks_come_first_whatever_the_order_of_the_menu() -> None:
    offers = [offer("xpos"), offer("feats:Tense"), offer("deprel"), offer("upos"), offer("head_distance"), offer("tree_depth")]
    offers.sort(key=place)
    assert PRESETS["quick"].choose(offers, ("linear",)) == ("upos",)
    assert PRESETS["standard"].choose(offers, ("linear",)) == ("upos", "deprel", "head_distance", "tree_depth")
    assert set(PRESETS["full"].choose(offers, ("linear",))) == {one.name for one in offers}


def test_what_the_corpus_lacks_or_has_too_little_of_is_left_out() -> None:
    offers = [offer("upos", "it has no tags"), offer("deprel", too_few=True), offer("xpos")]
    assert PRESETS["full"].choose(offers, ("linear",)) == ("xpos",)
    assert PRESETS["full"].choose([offer("deprel", too_few=True)], ("linear",)) == ("deprel",), "rather than none"


def test_each_family_gets_a_task_that_it_answers() -> None:
    offers = [offer("upos"), offer("trees")]
    assert PRESETS["quick"].choose(offers, ("linear", "structural")) == ("upos", "trees")
    assert PRESETS["quick"].choose(offers, ("structural",)) == ("trees",)
    with pytest.raises(BadInput, match="no task for structural probes"):
        PRESETS["quick"].choose([offer("upos")], ("structural",))


def test_no_more_is_read_than_is_needed() -> None:
    offers = iter([offer("upos"), offer("trees"), offer("deprel"), offer("xpos")])
    assert PRESETS["quick"].choose(offers, ("linear", "structural")) == ("upos", "trees")
    assert [left.name for left in offers] == ["xpos"], "one more was looked at"


def test_an_unknown_one_is_refused() -> None:
    assert preset_named("quick") is PRESETS["quick"]
    with pytest.raises(BadInput, match="choose one of quick, standard, full"):
        preset_named("huge")


def test_the_tasks_that_come_first_are_tasks() -> None:
    assert len(set(ORDER)) == len(ORDER)
    for name in ORDER:
        assert tasks.get_task(name).card.name == name
