"""What a training of the lab says of itself: a training of a sweep, or a distillation. Each is a cell of the store, whose table has the scores.

Its checkpoint, where it was kept, is a product beside it (checkpoints/products.py), with a record of its own that travels with the weights.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from probing.records.record import CellRecord, RecordPart
from probing.records.run import LearningRate


class Trainable(RecordPart):
    """What trained: names of the encoder's tensors, how many of its values, and their share of it; of the head the same without a share.
    `tabled`: whether the kinds of parameters are known from the table of the architecture."""

    names: tuple[str, ...]
    parameters: int
    fraction: float
    head: dict[str, Any] = Field(default_factory=dict)
    tabled: bool | None = None


class TrainedOn(RecordPart):
    """`train`: sentences."""

    train: int
    name: str | None = None
    spec: str | None = None
    hash: str | None = None


class TrainingRecord(CellRecord):
    """A training of a sweep. `size` is the train sentences that were asked for, `rate` the learning rate (None: the method's own), `product` the
    name of its checkpoint (None: not kept). `dev_score` is that of `best_step`, whose weights were scored; None where the loss diverged.
    `history` has the loss and the score of dev at each evaluation."""

    task: str = "lab"
    probe: str = "head"
    method: str | None = None
    size: int | Literal["all"] | None = None
    seed: int | None = None
    rate: float | None = None
    product: str | None = None
    trainable: Trainable | None = None
    learning_rate: LearningRate | None = None
    steps: int | None = None
    batch: int | None = None
    best_step: int | None = None
    seconds: float | None = None
    history: tuple[dict[str, Any], ...] = ()
    classes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    pooling: str | None = None
    data: TrainedOn | None = None
    dev_score: float | None = None
    collapsed: bool = False  # whether a split got one class throughout
    diverged: bool = False  # whether the loss ended as no number


class LossTerm(RecordPart):
    """A term of the loss on dev, without its weight: before the first step, and of the weights that were kept."""

    begun: float
    ended: float
    unit: str


class DistillationRecord(TrainingRecord):
    """A distillation. `terms` are the weights of the loss's terms; `layer_map` has the teacher's layer for each of the student's."""

    loss: dict[str, LossTerm] = Field(default_factory=dict)
    terms: dict[str, float] = Field(default_factory=dict)
    layer_map: tuple[int, ...] | None = None
