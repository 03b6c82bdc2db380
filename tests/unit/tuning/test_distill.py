"""Distillation from end to end on a tiny teacher: with a head, without one, into another width; and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cache.store import Store
from probing.checkpoints import resolve
from probing.errors import BadInput
from probing.tuning.distill import PreparedDistillation, distillation
from probing.tuning.saving import load_product
from probing.tuning.specs import DistillSpec
from tests import tiny_checkpoints as tiny
from tests.unit.tuning import made


def ready(teacher: Path | str, store: Path, **asked: Any) -> PreparedDistillation:
    usual = {"teacher": str(teacher), "data": "animals", "steps": 4, "batch": 8}
    spec = DistillSpec.parse(usual | ({} if "student" in asked else {"layers": 1}) | asked)
    return distillation(spec, made.settings(store), Store(store), made.source())


def run(teacher: Path | str, store: Path, out: Path, **asked: Any) -> dict[str, Any]:
    return ready(teacher, store, **asked).run(str(out), made.settings(store), made.unwatched).record


@pytest.fixture(scope="module")
def teacher(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A product with a head for intents and slots."""
    folder = tmp_path_factory.mktemp("teacher")
    made.run(f"random:{model}@0", folder / "store", folder / "teacher", task="intent+slots", steps=200, lr=1e-2)
    return folder / "teacher"


def test_a_headed_teacher_gives_all_its_terms(teacher: Path, store: Path, tmp_path: Path) -> None:
    record = run(teacher, store, tmp_path / "out", task="intent+slots", steps=60, lr=3e-3)
    assert list(record["terms"]) == ["hidden", "attention", "soft", "hard"]
    assert record["layer_map"] == [2]
    for name in ("hidden", "soft", "hard"):
        assert record["loss"][name]["ended"] < record["loss"][name]["begun"], name
    student = resolve(str(tmp_path / "out"), store)
    assert (student.facts.layers, student.facts.hidden, student.facts.parent) == (1, 16, str(teacher))
    again, _, kept = load_product(student, "cpu", tiny.USUAL)
    assert kept["classes"] == ["cat", "dog"]
    assert again.head
    roles = {(row["checkpoint"], row["metric"]) for row in record["rows"]}
    assert {("out", "slot_f1"), ("teacher", "slot_f1"), ("out", "distillation_loss")} <= roles


def test_a_copy_begins_with_what_its_teacher_says(teacher: Path, store: Path) -> None:
    one = ready(teacher, store, task="intent+slots", layers=2, loss="soft+hidden+attention+cosine+pkd")
    assert list(one._terms().values()) == pytest.approx([0.0] * 5, abs=1e-6)


def test_text_alone_distils_states_and_attention_into_another_width(model: Path, store: Path, tmp_path: Path) -> None:
    record = run(model, store, tmp_path / "out", hidden=8, steps=30, lr=1e-2)
    assert list(record["terms"]) == ["hidden", "attention"]
    assert record["loss"]["hidden"]["ended"] < record["loss"]["hidden"]["begun"]
    assert {row["metric"] for row in record["rows"]} == {"distillation_loss"}
    found = resolve(str(tmp_path / "out"), store)
    assert found.facts.hidden == 8
    assert "pooler.dense.weight" not in load_names(tmp_path / "out"), "nothing trained it"


def load_names(folder: Path) -> set[str]:
    from safetensors.numpy import load_file

    return set(load_file(folder / "model.safetensors"))


def test_a_student_that_is_there_is_taken_with_its_weights(model: Path, store: Path, tmp_path: Path) -> None:
    import torch

    other = tiny.bert(tmp_path / "other", seed=3)
    one = ready(model, store, student=str(other))
    own = one.objective.student.encoder.state_dict()["encoder.layer.0.output.dense.weight"]
    theirs = one.objective.teacher.encoder.state_dict()["encoder.layer.0.output.dense.weight"]
    assert not torch.equal(own, theirs)
    with pytest.raises(BadInput, match="from which the new checkpoint is made"):
        one.run(str(other), made.settings(store), made.unwatched)


def test_what_cannot_be_distilled_is_one_sentence(model: Path, teacher: Path, store: Path, tmp_path: Path) -> None:
    roberta = tiny.roberta(tmp_path / "roberta")
    for of, asked, said in (
        (model, {"student": str(roberta)}, "different tokenizers"),
        (model, {"loss": "soft", "task": "intent"}, "the teacher has no head that answers this task"),
        (model, {"loss": "mlm"}, "needs a teacher with a trained head for masked words"),
        (model, {"loss": "cosine", "hidden": 8}, "another width"),
        (model, {"layers": 3}, "at most that many"),
        (model, {"hidden": 9}, "give a multiple of 2"),
        (model, {"student": str(model), "layers": 1}, "give one of the two"),
        (model, {"student": str(model), "hidden": 8}, "leave one of them out"),
        (teacher, {"task": "classification"}, r"answers intent\+slots, and classification was asked"),
    ):
        with pytest.raises(BadInput, match=said) as caught:
            ready(of, store, **asked)
        assert "\n" not in str(caught.value)


def test_the_default_says_what_it_leaves_out(model: Path, store: Path, tmp_path: Path) -> None:
    one = ready(model, store, task="intent")
    assert list(one.objective.weights) == ["hidden", "attention", "hard"]
    assert any("no head for the task" in note for note in one.notes)
    gpt2 = ready(tiny.gpt2(tmp_path / "gpt2", positions=64), store)
    assert list(gpt2.objective.weights) == ["hidden"]
    assert any("Attention scores are left out" in note for note in gpt2.notes)


def test_what_was_killed_goes_on(teacher: Path, tmp_path: Path) -> None:
    import torch

    class KilledError(Exception):
        pass

    def stop(tick: Any) -> None:
        if tick.step == 7:
            raise KilledError

    asked: dict[str, Any] = {"task": "intent+slots", "steps": 10}
    whole = ready(teacher, tmp_path / "a", **asked)
    whole.run(str(tmp_path / "out"), made.settings(tmp_path / "a"), made.unwatched)
    with pytest.raises(KilledError):
        ready(teacher, tmp_path / "b", **asked).run(str(tmp_path / "out"), made.settings(tmp_path / "b"), stop)
    rest = ready(teacher, tmp_path / "b", **asked)
    rest.run(str(tmp_path / "out"), made.settings(tmp_path / "b"), made.unwatched)
    states = (whole.objective.student.state_dict(), rest.objective.student.state_dict())
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())
