"""Fine-tuning: a checkpoint, labelled data, a method → a checkpoint of its own. Imports torch inside functions only."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cache.store import Store
from probing import corpora, precision
from probing.checkpoints import Checkpoint, resolve
from probing.checkpoints.names.modules import POOLER
from probing.checkpoints.trust import trusted
from probing.corpora import Source
from probing.settings import Settings
from probing.tuning.data import OF_SENTENCES, Examples, examples
from probing.tuning.method import HEAD_RATE, Choice, Method, method_of, trained
from probing.tuning.parameters import Inventory, inventory
from probing.tuning.specs import TuneSpec, tuned_id
from probing.tuning.work import EVALUATIONS, Prepared

if TYPE_CHECKING:
    from torch import Tensor, nn

    from probing.tuning.model import EncoderWithHead
    from probing.tuning.training import History, Watch
    from probing.tuning.tree_loss import TreeLoss

LONGEST = 128  # tokens of a sentence or a pair; what is longer is cut
ACCEPTABILITY = ("0", "1")


@dataclass(kw_only=True)
class PreparedFineTuning(Prepared):
    """A fine-tuning that is ready to start."""

    spec: TuneSpec
    method: Method
    choice: Choice
    tree: TreeLoss | None

    @property
    def rate(self) -> float:
        return self.spec.lr or self.method.rate.value

    def _train(self, state: Path, watch: Watch) -> tuple[History, dict[str, Tensor] | None]:
        from probing.tuning.low_rank import LowRankAdapters
        from probing.tuning.model import cross_entropy
        from probing.tuning.sampled import SampledValues
        from probing.tuning.training import ParameterGroup, Training, TrainingSchedule

        encoder = dict(self.model.encoder.named_parameters())
        own: dict[str, nn.Parameter] = {name: encoder[name] for name in self.choice.names}
        beside = sampled = None
        if self.choice.rank is not None:
            beside = LowRankAdapters(self.model.encoder, self.choice.names, self.choice.rank, self.spec.seed)
            own = beside.parameters
        for value in own.values():
            value.requires_grad_(True)
        if self.choice.sampled is not None:
            sampled = SampledValues(own, self.choice.sampled, self.spec.seed)
            own = {"drawn": sampled.values}
        if self.tree is not None:
            own = own | {"tree": self.tree.probe}

        def loss(step: int) -> dict[str, Tensor]:
            batch = self.reader.train_batch(self.spec.batch, step, self.spec.seed)
            said = self.model(batch)
            terms = {"cross_entropy": cross_entropy(said, batch)}
            return terms if self.tree is None else terms | {"tree": self.tree(said, batch)}

        groups = [ParameterGroup(self.model.head, self._head_rate), *([ParameterGroup(own, self.rate)] if own else [])]
        schedule = TrainingSchedule(self.spec.steps, -(-self.spec.steps // EVALUATIONS), self.spec.seed)
        training = Training(groups, sampled, self.model, loss, lambda: self.reader.evaluation(self.model), schedule, state)
        with beside or contextlib.nullcontext():
            history = training.run(watch)
        if beside is not None:
            return history, beside.merge()
        if sampled is not None:
            return history, sampled.changes()
        whole = {f"whole/{name}": encoder[name].detach() for name in self.choice.names}
        return history, whole if self.method.sparse else None

    @property
    def _head_rate(self) -> float:
        """The head's own in every method; where nothing else trains, the method's."""
        return HEAD_RATE if self.choice.names else self.rate

    def _own(self) -> dict[str, Any]:
        return {
            "learning_rate": {"encoder": self.rate if self.choice.names else None, "head": self._head_rate},
            "weight": self.spec.weight if self.tree is not None else None,
            "init_probe": self.spec.init_probe if self.tree is not None else None,
        }


def tuning(spec: TuneSpec, settings: Settings, store: Store, source: Source | None = None) -> PreparedFineTuning:
    """Read the data, load the model, and say what will train. `source` None: found by `spec.data`. Raises BadInput in one sentence."""
    from probing.tuning.batches import ExampleTokenizer
    from probing.tuning.model import build
    from probing.tuning.reading import ExampleReader

    method, argument = method_of(spec.method)
    source = source or corpora.find(spec.data, store.uploads, settings.roots)
    parent = resolve(spec.checkpoint, store.root, settings.roots)
    dataset = examples(source.load(), spec.task, spec.column, spec.max_train, spec.seed)
    device = precision.devices(precision.resolve_device(settings.device))[0]
    model, tokenizer = build(
        parent, len(dataset.classes.known), len(dataset.tags.known), spec.seed, device, trusted(parent, store.root, device)
    )
    whole = inventory(model.encoder)
    # Nothing reads the pooler where words alone are asked, so nothing of it can train.
    choice = method.choose(argument, whole if spec.task in OF_SENTENCES else whole.without((POOLER,)))
    reader = ExampleReader(dataset, ExampleTokenizer(tokenizer, min(parent.facts.max_length, LONGEST), model), device)
    notes = list(dataset.notes)
    if cut := reader.cut():
        notes.append(
            f"{cut:,} words have no token of their own among the first {LONGEST} of their sentence: they get the usual answer."
        )
    tree = None
    if choice.tree is not None:
        tree, said = _tree(spec, choice.tree, parent, dataset, store, device)
        notes.append(said)
    return PreparedFineTuning(
        spec=spec,
        id=tuned_id(spec, parent, source.hash),
        how="finetune",
        method_name=spec.method,
        parent=parent,
        sources=(parent,),
        source=source,
        method=method,
        choice=choice,
        dataset=dataset,
        model=model,
        reader=reader,
        trainable=trainable(whole, choice, model),
        store=store,
        tree=tree,
        notes=notes,
    )


def trainable(whole: Inventory, choice: Choice, model: EncoderWithHead) -> dict[str, Any]:
    """What trains: names of the encoder's tensors, how many of its values, their share of it; and the head's beside."""
    names, count = trained(choice, whole)
    facts = {"names": names, "parameters": count, "fraction": count / whole.size, "tabled": whole.tabled}
    return facts | {"head": model.head_facts()}


def _tree(spec: TuneSpec, layer: int, parent: Checkpoint, dataset: Examples, store: Store, device: str) -> tuple[TreeLoss, str]:
    from probing.tuning.tree_loss import ACCEPTABLE, TreeLoss, trained_probe

    acceptability = dataset.classes.known == ACCEPTABILITY
    of = dataset.classes.known.index(ACCEPTABLE) if acceptability else None
    said = "The tree loss reads sentences of class 1 alone." if acceptability else "The tree loss reads every train sentence."
    return TreeLoss(trained_probe(store, spec.init_probe, parent, layer), layer, spec.weight, of, device), said
