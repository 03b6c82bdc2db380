"""Losses of distillation against values computed by hand, and where a copy of its teacher begins."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from probing.checkpoints import load, resolve
from probing.errors import BadInput
from probing.tuning import terms
from tests import tiny_checkpoints as tiny
from tests.unit.tuning.made import corpus

MASK = [[True, True, False]]


def tensor(values: Any) -> Any:
    import torch

    return torch.tensor(values, dtype=torch.float32)


def mask() -> Any:
    import torch

    return torch.tensor(MASK)


def test_soft_targets_by_hand() -> None:
    from probing.tuning.distillation_loss import soft, soft_cross_entropy

    # At T = 2 the teacher says 3/4 and 1/4, the student 1/2 and 1/2.
    teacher, student = tensor([[2 * math.log(3), 0.0]]), tensor([[0.0, 0.0]])
    expected = 4 * (0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    assert float(soft(student, teacher)) == pytest.approx(expected, abs=1e-6)
    nine = soft_cross_entropy(student, teacher)  # at T = 1 the teacher says 9/10 and 1/10
    assert float(nine) == pytest.approx(math.log(2), abs=1e-6)
    own = float(soft_cross_entropy(teacher, teacher))
    assert own == pytest.approx(-(0.9 * math.log(0.9) + 0.1 * math.log(0.1)), abs=1e-6)


def test_states_by_hand() -> None:
    from probing.tuning.distillation_loss import cosine, hidden, pkd

    student = tensor([[[1.0, 0.0], [0.0, 2.0], [9.0, 9.0]]])
    teacher = tensor([[[0.0], [6.0], [-9.0]]])
    bridge = tensor([[1.0], [2.0]])
    # The student's tokens become 1 and 4, the padding is not read: (1² + 2²) / 2.
    assert float(hidden(student, teacher, bridge, mask())) == pytest.approx(2.5)
    other = tensor([[[0.0, 3.0], [0.0, 1.0], [-1.0, 0.0]]])
    assert float(cosine(student, other, mask())) == pytest.approx((1 + 0) / 2)
    # (1, 0) and (0, 1) once the lengths are one: 1 + 1.
    assert float(pkd(tensor([[5.0, 0.0]]), tensor([[0.0, 3.0]]))) == pytest.approx(2.0)


def test_attention_scores_by_hand() -> None:
    from probing.tuning.distillation_loss import attention

    own = np.zeros((1, 2, 3, 3), np.float32)
    other = own.copy()
    other[0, 0, 0, 1] = 2.0
    other[..., 2] = other[..., 2, :] = 100.0  # padding
    # One of 2 heads × 2 × 2 scores is off by 2.
    assert float(attention(tensor(own), tensor(other), mask())) == pytest.approx(4 / 8)


def test_scores_before_the_softmax_are_the_models_own(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModel

    from probing.tuning.students import AttentionScores

    for make in (tiny.bert, tiny.roberta):
        folder = make(tmp_path / make.__name__)
        model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
        tap = AttentionScores(model)
        with torch.no_grad():
            maps = model(input_ids=torch.tensor([[5, 6, 7, 8]]), output_attentions=True).attentions
        for own, wanted in zip(tap.take(), maps, strict=True):
            assert torch.allclose(own.softmax(-1), wanted, atol=1e-5)


def test_the_layer_map() -> None:
    from probing.tuning.students import layer_map

    assert layer_map(6, 12) == [2, 4, 6, 8, 10, 12]
    assert layer_map(2, 6) == [3, 6]
    assert layer_map(4, 4) == [1, 2, 3, 4]
    assert layer_map(4, 6) == [2, 3, 5, 6]
    assert layer_map(1, 6) == [6]


def compared(folder: Path, layers: int, weights: dict[str, float], hidden: int | None = None) -> tuple[Any, Any, Any]:
    """(comparison, a batch of animals, the teacher) under a head of five intents and tags."""
    from probing.tuning.batches import ExampleTokenizer
    from probing.tuning.data import examples
    from probing.tuning.distillation_loss import DistillationLoss
    from probing.tuning.model import EncoderWithHead, build
    from probing.tuning.reading import ExampleReader
    from probing.tuning.students import shrunk

    teacher, tokenizer = build(resolve(str(folder), None), 2, 5, 0, "cpu", tiny.USUAL)
    student = EncoderWithHead("student", shrunk(teacher.encoder, layers, hidden, 0), tiny.USUAL, 2, 5, 0)
    batch = ExampleReader(examples(corpus(), "intent+slots"), ExampleTokenizer(tokenizer, 24, teacher), "cpu").train_batch(
        8, 0, 0
    )
    return DistillationLoss(student.eval(), teacher, weights, 0), batch, teacher


def test_a_copy_of_its_teacher_begins_at_nought_and_at_the_teachers_entropy(model: Path) -> None:
    import torch

    comparison, batch, teacher = compared(model, 2, dict.fromkeys(terms.TERMS, 1.0))
    found = {name: value.item() for name, value in comparison.terms(batch).items()}
    for name in ("soft", "hidden", "attention", "cosine", "pkd"):
        assert found[name] == pytest.approx(0.0, abs=1e-6), name
    with torch.no_grad():
        said = teacher(batch)
    entropy = sum(float(-(part.softmax(-1) * part.log_softmax(-1)).sum(-1).mean()) for part in (said.sentence, said.word))
    assert found["soft_ce"] == pytest.approx(entropy, abs=1e-5)
    assert found["hard"] > 0


def test_a_student_of_fewer_layers_begins_as_some_of_the_teachers(model: Path) -> None:
    import torch

    comparison, batch, teacher = compared(model, 1, {"hidden": 1.0, "attention": 1.0, "cosine": 1.0})
    own, theirs = comparison.student.encoder.state_dict(), teacher.encoder.state_dict()
    assert torch.equal(own["encoder.layer.0.output.dense.weight"], theirs["encoder.layer.1.output.dense.weight"])
    assert torch.equal(own["embeddings.word_embeddings.weight"], theirs["embeddings.word_embeddings.weight"])
    assert comparison.layers == [2]
    assert all(value.item() > 1e-3 for value in comparison.terms(batch).values())


def test_a_student_of_another_width_has_as_many_heads(model: Path) -> None:
    comparison, batch, _ = compared(model, 1, {"hidden": 1.0, "attention": 1.0}, hidden=8)
    config = comparison.student.encoder.config
    assert (config.hidden_size, config.intermediate_size, config.num_attention_heads) == (8, 16, 2)
    assert tuple(comparison.bridge.shape) == (8, 16)
    assert {name: value.ndim for name, value in comparison.terms(batch).items()} == {"hidden": 0, "attention": 0}


@pytest.mark.parametrize(("layers", "hidden", "said"), [(3, None, "at most that many"), (1, 7, "give a multiple of 2")])
def test_students_that_cannot_be_are_one_sentence(model: Path, layers: int, hidden: int | None, said: str) -> None:
    from probing.tuning.students import shrunk

    with pytest.raises(BadInput, match=said):
        shrunk(load(resolve(str(model), None))[0], layers, hidden, 0)


def test_terms_as_a_user_writes_them() -> None:
    everything = ("head", "labels", "width", "scores")
    assert terms.read("5*soft + cosine", everything) == {"soft": 5.0, "cosine": 1.0}
    assert list(terms.read(None, everything)) == ["hidden", "attention", "soft", "hard"]
    assert list(terms.read(None, ("width", "scores"))) == ["hidden", "attention"]
    assert list(terms.read(None, ("labels",))) == ["hidden", "hard"]


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        ("mlm", ("head",), "needs a teacher with a trained head for masked words"),
        ("soft", ("labels",), "the teacher has no head that answers this task"),
        ("hard", ("head",), "without --task the data have no labels"),
        ("cosine", (), "another width"),
        ("attention", (), "leave attention out"),
        ("kl", (), "known are hard, soft"),
        ("hidden+hidden", (), "stands twice"),
        ("-1*hidden", (), "no weight above 0"),
        ("nan*hidden", (), "no weight above 0"),
        ("", (), "no term"),
    ],
)
def test_what_a_teacher_cannot_give_is_refused_in_words(text: str, given: tuple[str, ...], said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        terms.read(text, given)
    assert "\n" not in str(caught.value)
