"""Sweeps and distillations of a tiny model through execution/lab.py: what trains when, what is kept, what is not done twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cache.store import Store
from probing import distillations
from probing.checkpoints import products, resolve
from probing.distillations import Distillation
from probing.errors import BadInput
from probing.execution import lab, queue, worker
from probing.records import stored
from probing.records.training import TrainingRecord
from probing.settings import Settings
from probing.sweeps import SweepSpec, done, ladder, read_sizes, refuse_sizes
from probing.tuning import finetune
from probing.tuning.specs import DistillSpec
from probing.tuning.training import Diverged
from tests.integration.sweeping import carry_out, sweep


def test_every_arm_is_answered_and_kept_in_the_order_asked(model: Path, data: Path, store: Store) -> None:
    asked = sweep(model, data)
    told = carry_out(asked, store)
    assert told[-1][1:] == (8 * 3, 8 * 3), "8 trainings of 3 steps"
    arms = asked.arms(store)
    assert [(arm.spec.method, arm.size, arm.spec.seed) for arm in arms[:4]] == [
        ("full", 8, 0), ("bitfit", 8, 0), ("full", 16, 0), ("bitfit", 16, 0),
    ]  # fmt: skip
    assert asked.answered(store)
    table = asked.table(store)
    assert set(table["run"]) == {asked.run}
    assert set(table["split"]) == {"dev", "test"}
    assert len(table[table["metric"] == "mcc"]) == 8 * 2
    assert len(products.listed(store.root)) == 8
    record = products.record(resolve(str(arms[0].product), store.root))
    assert (record["method"], record["seed"], record["parent"]) == ("full", 0, str(model))
    # Of each layer four products and two norms of 16, the 32 between and the 16 behind; the embeddings' norm and the pooler.
    biases = 2 * (4 * 16 + 2 * 16 + 32 + 16) + 2 * 16
    assert {
        record.trainable and record.trainable.parameters for arm, record in asked.answers(store) if arm.spec.method == "bitfit"
    } == {biases}


def test_draws_are_nested(data: Path) -> None:
    from probing import corpora
    from probing.tuning.data import examples

    corpus = corpora.find(str(data), None, None).load()
    small, large = (examples(corpus, "classification", None, size, 1).splits["train"] for size in (8, 16))
    assert [one.forms for one in large[:8]] == [one.forms for one in small]


def test_what_is_done_is_not_trained_again(model: Path, data: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    carry_out(sweep(model, data, seeds=1, sizes=(8,), keep="none"), store)
    count = _counted(monkeypatch)
    larger = sweep(model, data, seeds=1, sizes=(8, 16), keep="none")
    assert [done(arm, store) for arm in larger.arms(store)] == [True, True, False, False]
    carry_out(larger, store)
    assert count == ["full", "bitfit"], "an arm that two sweeps share is trained once"
    carry_out(larger, store)
    assert len(count) == 2
    assert products.listed(store.root) == []


def test_of_the_first_seed_alone_a_checkpoint_stays_and_a_deleted_one_is_made_again(
    model: Path, data: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sweep(model, data, methods=("bitfit",), sizes=(8,), keep="first")
    carry_out(asked, store)
    (kept,) = products.listed(store.root)
    assert "-s0-" in kept
    assert products.remove(kept, store.root) > 0
    assert not asked.answered(store), "its scores stay, its checkpoint is asked"
    assert len(asked.answers(store)) == 2
    count = _counted(monkeypatch)
    carry_out(asked, store)
    assert count == ["bitfit"]
    assert products.listed(store.root) == [kept]


def test_pilots_read_no_test_and_choose_on_dev(model: Path, data: Path, store: Store) -> None:
    asked = sweep(model, data, methods=("bitfit",), sizes=(8, 16), seeds=1, rates="grid", keep="none")
    assert [pilot.spec.lr for pilot in asked.pilots()] == [0.00095, 0.003, 0.0095]
    assert {pilot.spec.max_train for pilot in asked.pilots()} == {8}, "the middle of two is the lower"
    assert asked.arms(store) == [], "no rate is known yet"
    carry_out(asked, store)
    for pilot in asked.pilots():
        assert set(store.results.cell_table(pilot.id)["split"]) == {"dev"}
    scores = {pilot.spec.lr: stored.cell(store, pilot.id, TrainingRecord).dev_score for pilot in asked.pilots()}
    best = min(rate for rate, score in scores.items() if score == max(scores.values()) and rate is not None)
    assert asked.chosen(store) == {"bitfit": best}
    assert {arm.spec.lr for arm in asked.arms(store)} == {best}


def test_the_best_planted_pilot_is_chosen_and_a_diverged_one_never(model: Path, data: Path, store: Store) -> None:
    asked = sweep(model, data, methods=("full",), sizes=(8,), seeds=1, rates="grid")
    for pilot, score in zip(asked.pilots(), (0.5, 0.7, None), strict=True):
        stored.save_cell(store, pilot.id, TrainingRecord(dev_score=score), [])
    assert asked.chosen(store) == {"full": asked.pilots()[1].spec.lr}


def test_a_training_that_diverges_is_kept_as_such_and_the_others_go_on(
    model: Path, data: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = finetune.PreparedFineTuning.run

    def run(self: finetune.PreparedFineTuning, *arguments: Any, **more: Any) -> Any:
        if self.spec.method == "full":
            raise Diverged("The loss is no number at step 2.")
        return whole(self, *arguments, **more)

    monkeypatch.setattr(finetune.PreparedFineTuning, "run", run)
    asked = sweep(model, data, sizes=(8,), seeds=1)
    carry_out(asked, store)
    records = {arm.spec.method: found for arm, found in asked.answers(store)}
    assert (records["full"].diverged, records["bitfit"].diverged) == (True, False)
    assert set(asked.table(store)["setting"].map(lambda text: json.loads(text)["method"])) == {"bitfit"}
    assert any("no number" in note for note in asked.notes(store))


def test_sizes_beyond_the_data_are_refused_before_anything_trains(model: Path, data: Path, store: Store) -> None:
    asked = sweep(model, data, sizes=(8, 49))
    with pytest.raises(BadInput, match=r"49 train sentences were asked for, and .* has 48"):
        carry_out(asked, store)
    assert asked.answers(store) == []
    refuse_sizes(sweep(model, data, sizes=(48, "all")), 48)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"methods": ()}, "methods"),
        ({"methods": ("full", "full")}, "full is named twice"),
        ({"sizes": (1,)}, "too few"),
        ({"seeds": 0}, "seeds"),
        ({"steps": 0}, "steps"),
        ({"task": "poetry"}, "task"),
        ({"rates": "guess"}, "rates"),
        ({"color": "red"}, "color"),
    ],
)
def test_a_wrong_spec_is_one_sentence(more: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        SweepSpec.parse({"checkpoint": "x", "data": "y", "task": "intent", "methods": ("full",)} | more)
    assert "\n" not in str(caught.value)


def test_ladders_and_sizes() -> None:
    assert ladder(13_084) == [64, 256, 1024, 4096, "all"]
    assert ladder(64) == ["all"]
    assert read_sizes("64, 256,ALL") == (64, 256, "all")
    with pytest.raises(BadInput, match="give numbers"):
        read_sizes("64;256")


@pytest.mark.parametrize("name", ["lab:../x", "lab:", "lab:A", "lab:a..b", "lab:" + "a" * 121])
def test_names_that_are_no_product_are_refused(name: str, store: Store) -> None:
    with pytest.raises(BadInput):
        products.existing_folder(name, store.root)
    assert products.slug_of("Ünïts of *Tést*: 3.5") == "n-ts-of-t-st-3.5"


def test_a_job_of_each_kind_is_carried_out_by_the_worker(
    model: Path, data: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_supervise", lambda *_: None)
    asked = sweep(model, data, methods=("bitfit",), sizes=(8,), seeds=1)
    smaller = distilled(model, data)
    for one in (asked, smaller):
        queue.submit(one, store)
        job = store.jobs.claim(one.device)
        assert job is not None
        assert worker.work(job, store) == 0
        assert store.jobs.get(one.run).state == "done"  # type: ignore[union-attr]
        assert one.answered(store)
        assert queue.submit(one, store).state == "done"


def test_a_distillation_leaves_a_student_its_scores_and_its_loss(model: Path, data: Path, store: Store) -> None:
    asked = distilled(model, data)
    lab.distil(asked, store, lambda *_: None, Settings.read())
    assert asked.answered(store)
    table, record = asked.table(store), asked.record(store)
    assert {"accuracy", "mcc", "distillation_loss"} == set(table["metric"])
    assert set(record.loss) == {"hidden", "attention", "hard"}
    assert record.layer_map == (2,)
    assert resolve(asked.product, store.root).facts.layers == 1
    assert lab.distil(asked, store, lambda *_: None, Settings.read()) == 0.0


def distilled(model: Path, data: Path) -> Distillation:
    spec = {"teacher": str(model), "data": str(data), "task": "classification", "layers": 1, "steps": 3, "batch": 4}
    return distillations.plan(DistillSpec.parse(spec), Settings.read())


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The methods that were trained, as they are."""
    count: list[str] = []
    whole = finetune.PreparedFineTuning.run

    def run(self: finetune.PreparedFineTuning, *arguments: Any, **more: Any) -> Any:
        count.append(self.spec.method)
        return whole(self, *arguments, **more)

    monkeypatch.setattr(finetune.PreparedFineTuning, "run", run)
    return count


def _empty() -> Any:
    import pandas as pd

    return pd.DataFrame()
