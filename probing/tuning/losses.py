"""Losses of distillation, each alone: what a student's outputs are from its teacher's. Imports torch at its top.

`mask` [B, T] is true where a token is no padding; special tokens count, since heads read the first one.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

TEMPERATURE = 2.0


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
