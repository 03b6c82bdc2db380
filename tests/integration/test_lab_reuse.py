"""What the lab does not do twice, what it does not lose, and what stands on what."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cache.owners import Owners
from cache.store import Store
from probing import distillations
from probing.checkpoints import products, resolve
from probing.errors import BadInput
from probing.execution import lab, queue, quota
from probing.settings import Settings
from probing.sweeps import SweepSpec, plan
from probing.tuning import finetune
from probing.tuning.available import material_of
from probing.tuning.saving import destination
from probing.tuning.specs import DistillSpec
from probing.tuning.training import Diverged
from tests.integration.sweeping import carry_out, sweep


def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The methods that train from now on."""
    found: list[str] = []
    whole = finetune.PreparedFineTuning.run

    def run(self: finetune.PreparedFineTuning, *arguments: Any, **more: Any) -> Any:
        found.append(self.spec.method)
        return whole(self, *arguments, **more)

    monkeypatch.setattr(finetune.PreparedFineTuning, "run", run)
    return found


def test_a_product_whose_scores_were_lost_is_read_and_not_trained(
    model: Path,
    data: Path,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = sweep(model, data, sizes=(8,), seeds=1)
    assert quota.seconds(asked, store) > 0, "what a user may ask for is counted"
    Owners(store.root).add(queue.thing(asked.run), {"1": "Ada"})
    carry_out(asked, store)
    kept = [products.thing(arm.product) for arm in asked.arms(store) if arm.product]
    assert kept
    assert all(Owners(store.root).of(thing) == {"1": "Ada"} for thing in kept), "what a job made is of who asked for it"
    before = asked.table(store)
    for arm in asked.arms(store):
        shutil.rmtree(store.root / "cells" / arm.id)
    assert not asked.answered(store)
    count = trained(monkeypatch)
    carry_out(asked, store)
    assert count == []
    assert asked.table(store).equals(before)


def test_results_open_where_the_data_are_gone(model: Path, data: Path, store: Store, tmp_path: Path) -> None:
    own = Path(shutil.copytree(data, tmp_path / "own"))
    asked = sweep(model, own, sizes=(8,), seeds=1)
    carry_out(asked, store)
    told = material_of(asked.source, asked.spec.task, asked.spec.column)
    shutil.rmtree(own)
    settings = replace(Settings.read(), store=store.root, roots=(model.parent,), weightless=True)
    again = plan(asked.spec, settings)
    assert again.run == asked.run
    assert again.table(store).equals(asked.table(store))
    assert material_of(again.source, asked.spec.task, asked.spec.column) == told
    assert again.source.told, "known by its description alone"


def test_a_diverged_training_is_an_answer(
    model: Path,
    data: Path,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def train(self: finetune.PreparedFineTuning, state: Path, _watch: Any) -> Any:
        state.mkdir(parents=True)
        raise Diverged("The loss is no number at step 2.")

    monkeypatch.setattr(finetune.PreparedFineTuning, "_train", train)
    asked = sweep(model, data, methods=("full",), sizes=(8,), seeds=1)
    carry_out(asked, store)
    assert asked.answered(store), "it would diverge again"
    assert not list((store.root / "scratch").glob("lab-*"))
    ((_, record),) = asked.answers(store)
    assert (record.data and record.data.train, record.collapsed) == (8, False)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"methods": ("full", "top:9")}, "top layers"),
        ({"methods": ("full", "bitfit:nose")}, "nose"),
        ({"methods": ("full", "tree:1")}, "--init-probe"),
        ({"sizes": (2, 16), "seeds": 6}, "one class alone"),
    ],
)
def test_what_one_arm_cannot_train_is_said_before_any_has(
    model: Path,
    data: Path,
    store: Store,
    more: dict[str, Any],
    said: str,
) -> None:
    asked = sweep(model, data, **{"sizes": (8,), "seeds": 1} | more)
    with pytest.raises(BadInput, match=said):
        carry_out(asked, store)
    assert asked.answers(store) == []


def test_a_product_that_another_stands_on_stays(model: Path, data: Path, store: Store) -> None:
    first = sweep(model, data, methods=("full",), sizes=(8,), seeds=1)
    carry_out(first, store)
    parent = str(first.arms(store)[0].product)
    second = sweep(model, data, methods=("bitfit",), sizes=(8,), seeds=1)
    asked = plan(SweepSpec.parse(second.spec.model_dump() | {"checkpoint": parent}), Settings.read())
    carry_out(asked, store)
    child = str(asked.arms(store)[0].product)
    with pytest.raises(BadInput, match=f"remove {child} first"):
        products.remove(parent, store.root)
    with pytest.raises(BadInput, match=f"remove {child} first"):
        destination(parent, None, store.root)
    products.refuse_needed([parent, child], store.root)  # both together may go
    products.remove(child, store.root)
    assert products.remove(parent, store.root) > 0


def test_teachers_that_differ_in_their_heads_alone_have_students_of_their_own(
    model: Path,
    data: Path,
    store: Store,
) -> None:
    asked = sweep(model, data, methods=("head",), sizes=(8, 16), seeds=1)
    carry_out(asked, store)
    teachers = [str(arm.product) for arm in asked.arms(store)]
    assert len({resolve(name, store.root).fingerprint for name in teachers}) == 1, "the encoder is the parent's"
    usual = {"data": str(data), "task": "classification", "layers": 1, "steps": 2, "batch": 4}
    planned = [distillations.plan(DistillSpec.parse(usual | {"teacher": name}), Settings.read()) for name in teachers]
    assert planned[0].id != planned[1].id
    assert quota.seconds(planned[0], store) > 0
    lab.distil(planned[0], store, lambda *_: None, Settings.read())
    assert planned[0].answered(store)
    assert not planned[1].answered(store)
    shutil.rmtree(store.root / "cells" / planned[0].id)
    lab.distil(planned[0], store, lambda *_: None, Settings.read())
    assert planned[0].answered(store)


def test_a_head_that_knows_none_of_the_labels_teaches_nothing(
    model: Path,
    data: Path,
    store: Store,
    tmp_path: Path,
) -> None:
    asked = sweep(model, data, methods=("head",), sizes=(8,), seeds=1)
    carry_out(asked, store)
    other = tmp_path / "other"
    shutil.copytree(data, other)
    for file in other.glob("*.tsv"):
        file.write_text(file.read_text().replace("\tcat", "\tred").replace("\tdog", "\tblue"))
    spec = {"teacher": str(asked.arms(store)[0].product), "data": str(other), "task": "classification", "layers": 1, "steps": 1}
    planned = distillations.plan(DistillSpec.parse(spec), Settings.read())
    with pytest.raises(BadInput, match="knows none of the labels of other"):
        lab.distil(planned, store, lambda *_: None, Settings.read())
