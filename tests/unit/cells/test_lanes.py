"""Layers answered side by side: in order whichever is done first, one progress, and one failure ends all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from probing import precision
from probing.cells import lanes
from probing.cells.work import Draft
from probing.measures import Score

SECONDS = 30  # for what comes at once


@pytest.fixture(autouse=True)
def two_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(precision, "rounds_fits", lambda: False)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def draft(layers: tuple[int, ...]) -> tuple[Any, Draft, list[list[int]], list[tuple[int, int]]]:
    """A cell of these layers; and what it publishes (layers of rows) and tells."""
    shown: list[list[int]] = []
    told: list[tuple[int, int]] = []
    cell = SimpleNamespace(checkpoint=SimpleNamespace(name="c"), task="t", probe="p", layers=layers)
    work: Any = SimpleNamespace(
        cell=cell,
        device="cpu",
        progress=lambda done, total: told.append((done, total)),
        publish=lambda rows: shown.append([row["layer"] for row in rows]),
    )
    return work, Draft(work, ["note"]), shown, told


def add(own: Draft, layer: int) -> None:
    own.add(layer, "test", "accuracy", Score(0.5, 0.4, 0.6, 10))


def test_rows_stand_in_the_order_of_layers_though_a_later_one_is_done_first() -> None:
    work, whole, shown, _ = draft((0, 1))
    later = threading.Event()

    def answer(layer: int, own: Draft, progress: Any) -> None:
        if layer == 0:
            assert later.wait(SECONDS)
        add(own, layer)
        if layer == 1:
            own.publish()
            later.set()

    lanes.answer_layers(work, whole, 1, answer)
    assert [row["layer"] for row in whole._rows] == [0, 1]
    assert shown[0] == [1], "a later layer is shown as soon as it is scored"
    assert shown[-1] == [0, 1]


def test_no_row_is_shown_twice() -> None:
    work, whole, shown, _ = draft((0, 1, 2, 3))

    def answer(layer: int, own: Draft, progress: Any) -> None:
        add(own, layer)
        own.publish()

    lanes.answer_layers(work, whole, 1, answer)
    assert all(len(set(some)) == len(some) for some in shown)
    assert sorted(shown[-1]) == [0, 1, 2, 3]


def test_progress_is_of_all_layers_together() -> None:
    work, whole, _, told = draft((0, 1, 2))

    def answer(layer: int, own: Draft, progress: Any) -> None:
        progress(2, 4)
        progress(4, 4)

    lanes.answer_layers(work, whole, 1, answer)
    assert told[-1] == (12, 12)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_what_one_layer_raises_is_raised_and_the_others_stop() -> None:
    work, whole, _, _ = draft((0, 1, 2, 3))
    begun = threading.Event()
    reached: list[int] = []

    def answer(layer: int, own: Draft, progress: Any) -> None:
        reached.append(layer)
        if layer == 0:
            assert begun.wait(SECONDS)
            raise ValueError("layer 0 is bad")
        begun.set()
        while layer == 1:  # until it is told to stop
            progress(0, 1)

    with pytest.raises(ValueError, match="layer 0 is bad"):
        lanes.answer_layers(work, whole, 1, answer)
    assert torch.get_num_threads() == 2


def test_a_later_layer_that_fails_ends_an_earlier_one_that_is_still_at_work() -> None:
    work, whole, _, _ = draft((0, 1, 2))

    def answer(layer: int, own: Draft, progress: Any) -> None:
        if layer == 1:
            raise ValueError("layer 1 is bad")
        while True:
            progress(0, 1)

    with pytest.raises(ValueError, match="layer 1 is bad"):
        lanes.answer_layers(work, whole, 1, answer)


def test_a_cancelled_run_ends_every_lane() -> None:
    work, whole, _, _ = draft((0, 1, 2))

    def cancelled(done: int, total: int) -> None:
        raise KeyboardInterrupt

    work.progress = cancelled

    def answer(layer: int, own: Draft, progress: Any) -> None:
        while True:
            progress(0, 1)

    with pytest.raises(KeyboardInterrupt):
        lanes.answer_layers(work, whole, 1, answer)


def test_lanes_are_as_many_as_threads_layers_and_memory_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lanes.lanes("cpu", 7, 1) == 2
    assert lanes.lanes("cpu", 1, 1) == 1
    assert lanes.lanes("cpu", 7, 1 << 50) == 1
    assert lanes.lanes("cuda:0", 7, 1) == 1


def test_where_products_round_layers_stay_in_one_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "rounds_fits", lambda: True)
    assert lanes.lanes("cpu", 7, 1) == 1
