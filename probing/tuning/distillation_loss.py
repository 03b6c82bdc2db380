"""The loss of a distillation: student and teacher on the same batch, term by term, and each term alone. Imports torch at its top.

`mask` [B, T] is true where a token is no padding; special tokens count, since heads read the first one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from probing.tuning.batches import ExampleBatch
from probing.tuning.model import EncoderWithHead, HeadOutput, cross_entropy, depth, width
from probing.tuning.students import AttentionScores, layer_map

TEMPERATURE = 2.0


class DistillationLoss:
    """`weights` by term; student layer i is held to teacher layer `layers[i - 1]`, and embeddings to embeddings.

    `bridge` [D_S, D_T] takes the student's states to the teacher's width: the identity at first where they are equally wide.
    """

    def __init__(self, student: EncoderWithHead, teacher: EncoderWithHead, weights: Mapping[str, float], seed: int) -> None:
        self.student, self.teacher, self.weights = student, teacher.eval(), weights
        self.layers = layer_map(depth(student.encoder), depth(teacher.encoder))
        own, wanted = width(student.encoder), width(teacher.encoder)
        first = torch.eye(own) if own == wanted else torch.empty(own, wanted)
        if own != wanted:
            first.normal_(0, own**-0.5, generator=torch.Generator().manual_seed(seed))
        self.bridge = nn.Parameter(first.to(next(student.parameters()).device))
        self._scores = [AttentionScores(model.encoder) for model in (student, teacher)] if "attention" in weights else []

    def terms(self, batch: ExampleBatch) -> dict[str, Tensor]:
        """Each term by name, without its weight."""
        for tap in self._scores:
            tap.forget()
        output = self.student(batch)
        with torch.no_grad():
            wanted: HeadOutput = self.teacher(batch)
        return {name: self._term(name, output, wanted, batch) for name in self.weights}

    def weighted(self, batch: ExampleBatch) -> dict[str, Tensor]:
        return {name: self.weights[name] * value for name, value in self.terms(batch).items()}

    def _term(self, name: str, output: HeadOutput, wanted: HeadOutput, batch: ExampleBatch) -> Tensor:
        match name:
            case "hard":
                return cross_entropy(output, batch)
            case "soft" | "soft_ce":
                loss: Any = soft if name == "soft" else soft_cross_entropy
                pairs = ((output.sentence, wanted.sentence), (output.word, wanted.word))
                return torch.stack([loss(own, other) for own, other in pairs if own is not None and other is not None]).sum()
            case "hidden":
                pairs_of = zip(output.states, (wanted.states[layer] for layer in (0, *self.layers)), strict=True)
                return mean_of([hidden(own, other, self.bridge, batch.mask) for own, other in pairs_of])
            case "attention":
                own_scores, other_scores = (tap.take() for tap in self._scores)
                chosen = [other_scores[layer - 1] for layer in self.layers]
                return mean_of([attention(own, other, batch.mask) for own, other in zip(own_scores, chosen, strict=True)])
            case "cosine":
                return cosine(output.states[-1], wanted.states[-1], batch.mask)
            case _:  # pkd: below the top, which the logits hold; of a student with one layer that layer
                below = list(enumerate(self.layers, 1))[:-1] or [(1, self.layers[0])]
                return mean_of([pkd(output.states[own][:, 0], wanted.states[other][:, 0]) for own, other in below])


def soft(student: Tensor, teacher: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """T² · KL(teacher ‖ student) of logits [N, C] at temperature T, in nats, the mean over N (Hinton et al. 2015, arXiv 1503.02531)."""
    said, wanted = (F.log_softmax(logits / temperature, -1) for logits in (student, teacher))
    return temperature**2 * (wanted.exp() * (wanted - said)).sum(-1).mean()


def soft_cross_entropy(student: Tensor, teacher: Tensor, temperature: float = 1.0) -> Tensor:
    """−Σ p_teacher log p_student of logits [N, C], in nats, the mean over N: least at the teacher's entropy (TinyBERT, arXiv 1909.10351)."""
    return -(F.softmax(teacher / temperature, -1) * F.log_softmax(student / temperature, -1)).sum(-1).mean()


def hidden(student: Tensor, teacher: Tensor, bridge: Tensor, mask: Tensor) -> Tensor:
    """Mean squared error of states [B, T, D_S] through a learned `bridge` [D_S, D_T] to the teacher's [B, T, D_T] (TinyBERT)."""
    return (student[mask] @ bridge - teacher[mask]).square().mean()


def attention(student: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    """Mean squared error of attention scores [B, H, T, T] before the softmax, between tokens that are no padding (TinyBERT)."""
    both = mask[:, None, :, None] & mask[:, None, None, :]
    return (student - teacher)[both.expand_as(student)].square().mean()


def cosine(student: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    """1 − the cosine of states [B, T, D], the mean over tokens (DistilBERT, arXiv 1910.01108)."""
    return (1 - F.cosine_similarity(student[mask], teacher[mask], dim=-1)).mean()


def pkd(student: Tensor, teacher: Tensor) -> Tensor:
    """‖h_S/‖h_S‖ − h_T/‖h_T‖‖² of the first token's states [B, D], the mean over B (patient distillation, arXiv 1908.09355)."""
    return (F.normalize(student, dim=-1) - F.normalize(teacher, dim=-1)).square().sum(-1).mean()


def mean_of(parts: list[Tensor]) -> Tensor:
    """The mean over pairs of layers."""
    return torch.stack(parts).mean()
