"""Rates of this machine: measured once, kept, and not believed where they cannot be rates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cache.store import Store
from probing import calibration, threads
from probing.calibration import FIT, FORWARD, Rates, calibrate, machine, measure

HERE = Rates(machine=machine(), cores=4, forward={"fp32": 2e9}, fit=3e7)


def test_what_was_measured_is_kept_for_its_device(tmp_path: Path) -> None:
    assert not Rates.read(tmp_path, "cpu").measured
    HERE.write(tmp_path, "cpu")
    HERE.model_copy(update={"fit": 5e9}).write(tmp_path, "cuda")
    assert Rates.read(tmp_path, "cpu") == HERE
    assert Rates.read(tmp_path, "cuda,cuda:1").fit == 5e9, "of several devices the first"
    assert not Rates.read(tmp_path, "cuda:1").measured


def test_a_second_call_measures_nothing_however_busy_the_machine_is(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def slower_each_time(device: str) -> Rates:
        asked.append(device)
        return HERE.model_copy(update={"fit": 1e9 / len(asked)})

    monkeypatch.setattr(calibration, "measure", slower_each_time)
    assert calibrate(store, "cpu").fit == calibrate(store, "cpu").fit == 1e9
    assert asked == ["cpu"]


def test_what_was_measured_beside_other_work_is_measured_once_more_on_an_idle_machine(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = 3.0
    monkeypatch.setattr(threads, "busy", lambda: held)
    monkeypatch.setattr(calibration, "measure", lambda _device: HERE.model_copy(update={"fit": 1e9 / (1 + held), "held": held}))
    assert calibrate(store, "cpu").fit == calibrate(store, "cpu").fit == 2.5e8
    held = 0.0
    assert calibrate(store, "cpu").fit == 1e9
    held = 5.0
    assert calibrate(store, "cpu").fit == 1e9, "an idle machine's rates stay"


def test_a_store_on_another_machine_is_measured_anew(store: Store) -> None:
    HERE.model_copy(update={"machine": "another"}).write(store.root, "cpu")
    assert not Rates.read(store.root, "cpu").measured
    assert calibrate(store, "cpu").machine == machine()


def test_a_measurement_gives_rates_and_leaves_the_threads() -> None:
    import torch

    before = torch.get_num_threads()
    found = measure("cpu")
    assert torch.get_num_threads() == before
    assert found.measured
    assert found.machine == machine()
    assert 1e8 < found.forward["fp32"] < 1e13
    assert 1e7 < found.fit < 1e13


def test_more_threads_are_faster_up_to_the_cores_and_emulated_bf16_is_slow() -> None:
    assert (
        HERE.forward_at("fp32", 1) == 2e9 < HERE.forward_at("fp32", 2) < HERE.forward_at("fp32", 4) == HERE.forward_at("fp32", 9)
    )
    assert HERE.fit_at(1) == 3e7 < HERE.fit_at(4) < 4 * 3e7
    assert HERE.forward_at("bf16", 1) < HERE.forward_at("fp32", 1)


def test_rates_of_an_earlier_release_are_measured_anew(store: Store) -> None:
    (store.root / "rates.json").write_text('{"forward": 1e9, "fit": 1e9}')
    assert not Rates.read(store.root, "cpu").measured
    assert calibrate(store, "cpu").measured
    assert Rates.read(store.root, "cpu").measured


def _with(**parts: object) -> str:
    return json.dumps({"cpu": HERE.model_dump(mode="json") | parts})


@pytest.mark.parametrize(
    "text",
    [
        _with(fit=0),
        _with(fit=-1),
        _with(fit=float("nan")),
        _with(forward={"fp32": float("inf")}),
        _with(forward=[]),
        _with(cores=0),
        f'{{"cpu": {{"forward": 1{"0" * 400}}}}}',
        "[1, 2]",
        "null",
        "{",
        "",
        "[" * 10**5,
        "9" * 5000,
    ],
)
def test_what_cannot_be_a_rate_is_assumed_and_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "rates.json").write_text(text)
    found = Rates.read(tmp_path, "cpu")
    assert (found.forward["fp32"], found.fit, found.measured) == (FORWARD, FIT, False)
    assert f"{tmp_path / 'rates.json'} is damaged" in found.basis
    HERE.write(tmp_path, "cpu")
    assert Rates.read(tmp_path, "cpu").measured


def test_a_folder_in_its_place_stops_no_run(tmp_path: Path) -> None:
    (tmp_path / "rates.json" / "inner").mkdir(parents=True)
    assert "is damaged" in Rates.read(tmp_path, "cpu").basis
    HERE.write(tmp_path, "cpu")
    assert Rates.read(tmp_path, "cpu").measured
