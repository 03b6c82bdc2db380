"""The loss of a distillation: student and teacher on the same batch, term by term. Imports torch at its top."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from probing.tuning import losses
from probing.tuning.batches import ExampleBatch
from probing.tuning.losses import mean_of
from probing.tuning.model import EncoderWithHead, HeadOutput, cross_entropy, depth, width
from probing.tuning.students import AttentionScores, layer_map


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
                loss: Any = losses.soft if name == "soft" else losses.soft_cross_entropy
                pairs = ((output.sentence, wanted.sentence), (output.word, wanted.word))
                return torch.stack([loss(own, other) for own, other in pairs if own is not None and other is not None]).sum()
            case "hidden":
                pairs_of = zip(output.states, (wanted.states[layer] for layer in (0, *self.layers)), strict=True)
                return mean_of([losses.hidden(own, other, self.bridge, batch.mask) for own, other in pairs_of])
            case "attention":
                own_scores, other_scores = (tap.take() for tap in self._scores)
                chosen = [other_scores[layer - 1] for layer in self.layers]
                return mean_of([losses.attention(own, other, batch.mask) for own, other in zip(own_scores, chosen, strict=True)])
            case "cosine":
                return losses.cosine(output.states[-1], wanted.states[-1], batch.mask)
            case _:  # pkd: below the top, which the logits hold; of a student with one layer that layer
                below = list(enumerate(self.layers, 1))[:-1] or [(1, self.layers[0])]
                return mean_of([losses.pkd(output.states[own][:, 0], wanted.states[other][:, 0]) for own, other in below])
