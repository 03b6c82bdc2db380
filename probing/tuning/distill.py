"""Distillation: a teacher and text, labelled or not → a smaller checkpoint. Imports torch inside functions only."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cache.store import Store
from probing import corpora, precision
from probing.checkpoints import Checkpoint, products, resolve
from probing.checkpoints.memo import Memo
from probing.checkpoints.names.configuration import HEADS, size
from probing.checkpoints.resolve import tokenizer_digest
from probing.checkpoints.trust import trusted
from probing.corpora import Source
from probing.errors import BadInput
from probing.settings import Settings
from probing.tuning.data import OF_SENTENCES, TEXT, Examples, examples, unlabelled
from probing.tuning.finetune import LONGEST
from probing.tuning.method import DISTILL_RATE, HEAD_RATE
from probing.tuning.specs import DistillSpec, distilled_id
from probing.tuning.terms import TERMS, read
from probing.tuning.work import EVALUATIONS, Prepared, row, scores

if TYPE_CHECKING:
    from torch import Tensor, nn

    from probing.tuning.distillation_loss import DistillationLoss
    from probing.tuning.model import EncoderWithHead
    from probing.tuning.training import DevEvaluation, History, Training, Watch


@dataclass(kw_only=True)
class PreparedDistillation(Prepared):
    """A distillation that is ready to start: `model` is the student."""

    spec: DistillSpec
    objective: DistillationLoss
    teacher_scores: bool
    begun: dict[str, float] = field(default_factory=dict)  # each term on dev before and after
    ended: dict[str, float] = field(default_factory=dict)
    best: int = 0

    @property
    def labelled(self) -> bool:
        """Whether the data's labels are read."""
        return self.spec.task is not None

    @property
    def rate(self) -> float:
        return self.spec.lr or DISTILL_RATE.value

    def _train(self, state: Path, watch: Watch) -> tuple[History, None]:
        self.begun = self._terms()
        history = self._training(state).run(watch)
        self.best, self.ended = history.best, self._terms()
        return history, None

    def _training(self, state: Path) -> Training:
        from probing.tuning.training import ParameterGroup, Training, TrainingSchedule

        objective, student, seed = self.objective, self.model, self.spec.seed
        encoder: dict[str, nn.Parameter] = {f"encoder.{name}": value for name, value in student.encoder.named_parameters()}
        for value in encoder.values():
            value.requires_grad_(True)
        if "hidden" in objective.weights:
            encoder = encoder | {"bridge": objective.bridge}
        groups = [ParameterGroup(encoder, self.rate), *([ParameterGroup(student.head, HEAD_RATE)] if student.head else [])]

        def loss(step: int) -> dict[str, Tensor]:
            return objective.weighted(self.reader.train_batch(self.spec.batch, step, seed))

        schedule = TrainingSchedule(self.spec.steps, -(-self.spec.steps // EVALUATIONS), seed)
        return Training(groups, None, student, loss, self._evaluation, schedule, state)

    def _evaluation(self) -> DevEvaluation:
        """Dev's main score where there is one to be had; else how low the loss on dev is."""
        from probing.tuning.training import DevEvaluation

        if self.labelled:
            return self.reader.evaluation(self.model)
        total = sum(self.objective.weights[name] * value for name, value in self._terms().items())
        return DevEvaluation(-total, total)

    def _terms(self) -> dict[str, float]:
        """Each term on dev, without its weight; information in bits."""
        import torch

        self.model.eval()
        sums: dict[str, float] = {}
        count = 0
        with torch.no_grad():
            for chosen, batch in self.reader.batches("dev"):
                count += len(chosen)
                for name, value in self.objective.terms(batch).items():
                    sums[name] = sums.get(name, 0.0) + float(value) * len(chosen)
        return {name: value / count / (math.log(2) if TERMS[name].unit == "bits" else 1.0) for name, value in sums.items()}

    def _rows(self, name: str, tests: bool) -> tuple[list[dict[str, Any]], list[str]]:
        of, setting = self._of(name), self._setting()
        rows, notes = super()._rows(name, tests) if self.labelled else ([], [])
        if self.teacher_scores:
            teacher = of | {"checkpoint": self.parent.name, "seed": None}
            theirs, _ = scores(self.reader, self.objective.teacher, teacher, {"role": "teacher"}, tests)
            rows += theirs
        for step, found in ((0, self.begun), (self.best, self.ended)):
            for term, value in found.items():
                at = setting | {"term": term, "steps": step}
                rows.append(row(of, at, split="dev", metric="distillation_loss", value=value, unit=TERMS[term].unit))
        return rows, notes

    def _own(self) -> dict[str, Any]:
        return {
            "student": self.spec.student,
            "terms": dict(self.objective.weights),
            "layer_map": self.objective.layers,
            "learning_rate": {"encoder": self.rate, "head": HEAD_RATE},
            "loss": {
                name: {"begun": value, "ended": self.ended[name], "unit": TERMS[name].unit} for name, value in self.begun.items()
            },
        }


def distillation(spec: DistillSpec, settings: Settings, store: Store, source: Source | None = None) -> PreparedDistillation:
    """Read the data, load the teacher, make the student. `source` None: found by `spec.data`. Raises BadInput in one sentence."""
    from probing.checkpoints.names.modules import SCORED
    from probing.tuning.batches import ExampleTokenizer
    from probing.tuning.distillation_loss import DistillationLoss
    from probing.tuning.model import build, depth, width
    from probing.tuning.reading import ExampleReader
    from probing.tuning.saving import load_product, product_folder

    if (spec.student is None) == (spec.layers is None):
        raise BadInput("A student is made with --layers, or is a checkpoint given as --student: give one of the two.")
    if spec.student is not None and spec.hidden is not None:
        raise BadInput("--hidden is for a student that is made here, and --student is one that is there: leave one of them out.")
    source = source or corpora.find(spec.data, store.uploads, settings.roots)
    parent = resolve(spec.teacher, store.root, settings.roots)
    device = precision.devices(precision.resolve_device(settings.device))[0]
    notes: list[str] = []
    record: dict[str, Any] = {}
    check = trusted(parent, store.root, device)
    headed = spec.task is not None and product_folder(parent) is not None and products.record(parent).get("task") != TEXT
    if headed:
        teacher, tokenizer, record = load_product(parent, device, check)
        if record.get("task") != spec.task:
            raise BadInput(
                f"The head of {parent.name} answers {record.get('task')}, and {spec.task} was asked: name the task that it knows."
            )
    else:
        teacher, tokenizer = build(parent, 0, 0, spec.seed, device, check)
    if spec.task is None:
        dataset = unlabelled(source.load(), spec.max_train, spec.seed)
    else:
        known = (tuple(record["classes"]), tuple(record["tags"])) if headed else None
        dataset = examples(source.load(), spec.task, spec.column, spec.max_train, spec.seed, known)
        if headed and not _shares_labels(dataset):
            raise BadInput(
                f"The head of {parent.name} knows none of the labels of {source.name}: give the data that it was trained on, or others with "
                "its labels."
            )
    own = resolve(spec.student, store.root, settings.roots) if spec.student else None
    student = _student(spec, own, teacher, parent, dataset, store, device)
    available = {
        *(("head",) if headed else ()),
        *(("labels",) if spec.task is not None else ()),
        *(("width",) if width(student.encoder) == width(teacher.encoder) else ()),
        *(("scores",) if teacher.encoder.config.model_type in SCORED and _as_many_heads(student, teacher) else ()),
    }
    if depth(student.encoder) > depth(teacher.encoder):
        raise BadInput(
            f"The student has more layers than its teacher ({depth(student.encoder)} and {depth(teacher.encoder)}): take a smaller one."
        )
    weights = read(spec.loss, available)
    notes += [*dataset.notes, *_left_out(spec, weights, headed)]
    sizes = {name: value.numel() for name, value in student.encoder.named_parameters()}
    trainable = {"names": list(sizes), "parameters": sum(sizes.values()), "fraction": 1.0, "head": student.head_facts()}
    reader = ExampleReader(dataset, ExampleTokenizer(tokenizer, min(parent.facts.max_length, LONGEST), teacher), device)
    objective = DistillationLoss(student, teacher, weights, spec.seed)
    return PreparedDistillation(
        spec=spec,
        id=distilled_id(spec, parent, own, source.hash),
        how="distill",
        method_name="distill",
        parent=parent,
        sources=(parent, own) if own else (parent,),
        source=source,
        dataset=dataset,
        model=student,
        objective=objective,
        reader=reader,
        trainable=trainable,
        store=store,
        teacher_scores=headed,
        notes=notes,
    )


def _student(
    spec: DistillSpec,
    own: Checkpoint | None,
    teacher: EncoderWithHead,
    parent: Checkpoint,
    dataset: Examples,
    store: Store,
    device: str,
) -> EncoderWithHead:
    """The student under a head for what is asked; the teacher's own head where it fits."""
    import torch

    from probing.tuning.model import EncoderWithHead, build
    from probing.tuning.students import shrunk

    sizes = (len(dataset.classes.known), len(dataset.tags.known))
    if own is not None:
        memo = Memo(store.root)
        if tokenizer_digest(own, memo) != tokenizer_digest(parent, memo):
            raise BadInput(
                f"{own.name} and its teacher {parent.name} have different tokenizers, so their tokens do not compare: take a student "
                "with the teacher's tokenizer, or make one with --layers."
            )
        return build(own, *sizes, spec.seed, device, trusted(own, store.root, device))[0]
    assert spec.layers is not None
    encoder = shrunk(teacher.encoder, spec.layers, spec.hidden, spec.seed)
    new_width = spec.hidden not in (None, parent.facts.hidden)
    if new_width and dataset.task not in OF_SENTENCES and getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None  # nothing would train it
    student = EncoderWithHead(f"the student of {parent.name}", encoder, teacher.check, *sizes, spec.seed).to(device)
    with torch.no_grad():
        for name, parameter in student.head.items():
            if name in teacher.head and teacher.head[name].shape == parameter.shape:
                parameter.copy_(teacher.head[name])
    return student


def _shares_labels(dataset: Examples) -> bool:
    """Whether train has at least one label that the head knows."""
    classes, tags = len(dataset.classes.known), len(dataset.tags.known)
    return any(
        (one.label is not None and one.label < classes) or (one.tags is not None and bool((one.tags < tags).any()))
        for one in dataset.splits["train"]
    )


def _as_many_heads(student: EncoderWithHead, teacher: EncoderWithHead) -> bool:
    own, other = (size(model.encoder.config, HEADS) for model in (student, teacher))
    return own == other


def _left_out(spec: DistillSpec, weights: dict[str, float], headed: bool) -> list[str]:
    """What the usual loss lacks, and why."""
    notes = []
    if spec.loss is None and "attention" not in weights:
        notes.append("Attention scores are left out: they cannot be compared between these two.")
    if spec.loss is None and spec.task is not None and not headed:
        notes.append("The teacher has no head for the task, so the student learns it from the labels alone.")
    return notes
