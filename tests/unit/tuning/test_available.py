"""What data can be fine-tuned for, how much there is, and what it will cost: counts by hand, and costs that grow with what is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cache.store import Store
from probing import distillations
from probing.calibration import Rates, machine
from probing.checkpoints import resolve
from probing.records import stored
from probing.records.training import TrainingRecord
from probing.sweeps import Sweep, SweepSpec
from probing.training_cost import Cost, cost_of_distillation, cost_of_sweep
from probing.tuning.available import available_tasks, material, text_alone
from probing.tuning.parameters import inventory_of
from probing.tuning.specs import DistillSpec
from tests.unit.tuning import made


def test_offers_say_which_labels_and_why_not() -> None:
    found = {offer.task: offer for offer in available_tasks(made.corpus())}
    assert found["classification"].columns == ("label", "intent")
    assert found["intent"].columns == ("intent", "label"), "the usual one first"
    assert found["intent+slots"].columns == ("slot",)
    assert found["pairs"].columns == ()
    assert "no pairs" in str(found["pairs"].reason_not)
    assert {offer.reason_not for offer in found.values() if offer.columns} == {None}


def test_material_counts_and_a_constant_answer_scores_what_it_should() -> None:
    corpus = made.corpus()
    found = material(corpus, "intent+slots")
    assert found.sentences == {"train": 48, "dev": 16, "test": 16}
    assert found.words["dev"] == sum(len(s.words) for s in corpus.splits["dev"])
    assert (found.classes, found.tags) == (2, 5), "cat and dog; O, and B and I of both"
    assert found.head(768) == 7 * 769
    commonest = max(("cat", "dog"), key=[dict(s.labels)["intent"] for s in corpus.splits["train"]].count)
    share = sum(dict(s.labels)["intent"] == commonest for s in corpus.splits["test"]) / 16
    assert found.majority["test", "accuracy"] == share
    assert found.majority["test", "slot_f1"] == 0, "O throughout finds no chunk"
    assert material(corpus, "classification").majority["test", "mcc"] == 0
    assert (text_alone(corpus).sentences, text_alone(corpus).head(9)) == (found.sentences, 0)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("cost") / "store")


def asked(model: Path, store: Store, **more: Any) -> Sweep:
    usual = {"checkpoint": str(model), "data": "animals", "task": "classification", "methods": ("full",), "steps": 50, "batch": 8}
    parent = resolve(str(model), store.root)
    return Sweep("id", SweepSpec.parse(usual | more), parent, made.source(), "cpu")


def cost(model: Path, store: Store, **more: Any) -> Cost:
    one = asked(model, store, **more)
    return cost_of_sweep(one, store, material(made.corpus(), "classification"), inventory_of(one.parent))


def test_more_costs_more(model: Path, store: Store) -> None:
    usual = cost(model, store, steps=20_000)
    for more in ({"steps": 40_000}, {"batch": 16}, {"seeds": 2}, {"sizes": (8, "all")}, {"rates": "grid"}):
        assert cost(model, store, **({"steps": 20_000} | more)).seconds > usual.seconds, more
    biases, head = (cost(model, store, steps=20_000, methods=(name,)) for name in ("bitfit", "head"))
    assert head.seconds < biases.seconds < usual.seconds
    assert head.disk_bytes < biases.disk_bytes < usual.disk_bytes
    assert cost(model, store, steps=20_000, keep="none").disk_bytes == 0
    assert cost(model, store, seeds=3, keep="first").disk_bytes == usual.disk_bytes
    assert (cost(model, store, seeds=3, rates="grid").trainings, usual.trainings) == (6, 1)


def test_disk_is_four_bytes_a_value_or_what_changed(model: Path, store: Store) -> None:
    parent = resolve(str(model), store.root)
    whole = inventory_of(parent)
    assert whole is not None
    full, biases, drawn = (cost(model, store, methods=(name,)).disk_bytes for name in ("full", "bitfit", "random"))
    count = sum(bias.size for bias in whole.biases)
    assert full - biases == 4 * (parent.facts.parameters - count)
    assert drawn - biases == 8 * count, "a single value is kept with its place"


def test_what_is_done_costs_nothing_and_a_measured_machine_is_believed(model: Path, tmp_path: Path) -> None:

    store = Store(tmp_path / "store")
    one = asked(model, store, keep="none")
    slow = cost(model, store, keep="none", steps=20_000)
    Rates(machine=machine(), cores=1, forward={"fp32": 1e14}, fit=1.0).write(store.root, "cpu")
    fast = cost(model, store, keep="none", steps=20_000)
    assert fast.seconds < slow.seconds
    assert "measurement of this machine" in fast.basis
    (arm,) = one.arms(store)
    stored.save_cell(store, arm.id, TrainingRecord(), [])
    assert (cost(model, store, keep="none").left, cost(model, store, keep="none").seconds) == (0, 0)


def test_a_smaller_student_costs_less(model: Path, store: Store) -> None:
    spec = DistillSpec.parse({"teacher": str(model), "data": "animals", "layers": 1, "steps": 9000})
    parent = resolve(str(model), store.root)
    one = distillations.Distillation("id", "0" * 64, spec, parent, made.source(), "lab:student", "cpu")
    what = text_alone(made.corpus())
    small, large = (cost_of_distillation(one, store, what, layers, 16) for layers in (1, 2))
    assert small.seconds < large.seconds
    assert small.disk_bytes < large.disk_bytes
