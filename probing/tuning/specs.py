"""Requests to the lab: frozen, no unknown keys. Imports no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from cache.keys import SCHEMA, canonical_json, digest
from probing.checkpoints import mends, products
from probing.errors import Request
from probing.numerals import MOST
from probing.tuning.data import TaskName
from probing.tuning.method import versions_of

if TYPE_CHECKING:
    from probing.checkpoints import Checkpoint


class Trained(Request):
    """What every request to the lab says."""

    data: str = Field(description="a known name, a folder with train/dev/test files, or one file")
    column: str | None = Field(None, description="which label is meant, where the data have several")
    steps: int = Field(300, ge=1, le=1_000_000, description="batches that training reads, whatever the method and the size")
    batch: int = Field(32, ge=1, le=1024, description="sentences of a batch")


class Tuned(Trained):
    """What a fine-tuning and a sweep of them say."""

    checkpoint: str = Field(description="a known name, a local folder, a hub id, or random:CKPT@SEED")
    task: TaskName = Field(description="classification, pairs, intent, slots, intent+slots or tokens")
    init_probe: str | None = Field(None, description="the run whose topological probe the method tree begins with")
    weight: float = Field(10.0, gt=0, allow_inf_nan=False, description="of the tree loss beside the cross-entropy")


class Spec(Trained):
    """What one fine-tuning and a distillation say."""

    named = "--{}"

    max_train: int | None = Field(
        None, ge=2, le=MOST, description="train sentences, drawn under the seed: a smaller draw begins a larger one"
    )
    lr: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="learning rate of the encoder; by default the method's own"
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="of the draw, the head, the batches and dropout")


class TuneSpec(Spec, Tuned):
    """A request for fine-tuning."""

    method: str = Field(description="a method, with its argument behind a colon")


def tuned_id(spec: TuneSpec, parent: Checkpoint, data: str) -> str:
    """The id of a fine-tuning. How training goes (heads' rate, warm-up, clipping, dropout) is not in it: raise SCHEMA with a change of these.

    `parent` is what the spec names, `data` the hash of its data."""
    fields = canonical_json(spec.model_dump(exclude={"checkpoint", "data"}))
    method = spec.method.partition(":")[0].strip()
    return digest("tune", str(SCHEMA), parent.fingerprint, data, fields, *_mended(parent, method))


class DistillSpec(Spec):
    """A request for distillation."""

    teacher: str = Field(description="a known name, a local folder, a hub id, or random:CKPT@SEED")
    student: str | None = Field(None, description="a checkpoint to begin with, in place of one made from the teacher")
    layers: int | None = Field(None, ge=1, description="layers of the student, each begun as one of the teacher's")
    hidden: int | None = Field(
        None, ge=1, le=16384, description="width of the student; another than the teacher's begins at random"
    )
    task: TaskName | None = Field(None, description="what the teacher's head answers; without a task the text alone is read")
    loss: str | None = Field(
        None, description="terms joined by +, each with a weight before * if wanted; by default what the teacher can give"
    )


def distilled_id(spec: DistillSpec, teacher: Checkpoint, student: Checkpoint | None, data: str) -> str:
    """The id of a distillation: `teacher` is what the spec names (its head too), `student` one that is given, `data` a hash."""
    fields = spec.model_dump(exclude={"teacher", "student", "data"})
    student_id = student.fingerprint if student else ""
    return digest(
        "distill", str(SCHEMA), products.identity(teacher), student_id, data, canonical_json(fields), *_mended(teacher, "distill")
    )


def _mended(parent: Checkpoint, method: str) -> tuple[str, ...]:
    """What enters the id of a training that earlier releases carried out otherwise."""
    mended = (f"mend {mends.VERSION}",) if mends.of_training(parent.facts.model_type, method, parent.facts.mend) else ()
    found = versions_of(None if method == "distill" else method)
    return (*mended, canonical_json(found)) if found else mended
