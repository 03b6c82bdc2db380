"""What the trainings of the lab will cost before they start: what trains in each method, seconds, disk. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from cache import files
from cache.store import Store
from probing.calibration import Rates
from probing.checkpoints.facts import Facts
from probing.checkpoints.names.modules import EMBEDDING, POOLER
from probing.checkpoints.tokenizer_file import tokenizer_files
from probing.distillations import Distillation
from probing.estimate import LARGE, LONG, MODEL_LOAD, SPREAD, TOKENS_A_WORD, multiplied, time_range
from probing.sweeps import Sweep, done
from probing.tuning.available import Material
from probing.tuning.data import OF_SENTENCES
from probing.tuning.method import Choice, Method, method_of, trained
from probing.tuning.parameters import Inventory
from probing.tuning.work import EVALUATED, EVALUATIONS

# As slow as measured on one thread (minilm-l6, SNIPS, batches of 16: .25 s a step in full, .15 of biases, .08 of the head), or slower.
SMALL = 0.5  # of the speed of reading for a run, which takes longer batches of like lengths
PADDED = 1.5  # tokens that a batch of training has for each of its own
SPECIAL = 2  # tokens that stand around a sentence
SAVING = 3.0  # seconds, the comparison of what was saved among them
BYTES, INDEXED = 4, 12  # of a value; of a single value that is kept with its place


@dataclass(frozen=True)
class Trains:
    """What of an encoder trains in a method: names, how many values, which share of all (None: not known before the model is loaded)."""

    method: str
    choice: Choice | None
    names: tuple[str, ...]
    values: int | None
    share: float | None


@dataclass(frozen=True)
class Cost:
    """`trainings` in all and those `left`; `seconds` for this machine, `disk_bytes` of what will be kept: both of what is left."""

    trainings: int
    left: int
    seconds: float
    disk_bytes: int
    basis: str  # one sentence: where the figures come from

    @property
    def time(self) -> str:
        """A range in words, such as `3 to 6 min`; what it says of nothing left is `none`."""
        return time_range(self.seconds / SPREAD, self.seconds * SPREAD) if self.left else "none"

    @property
    def large(self) -> bool:
        """Whether somebody is asked before it starts."""
        return self.seconds * SPREAD > LONG or self.disk_bytes > LARGE


def trains(text: str, whole: Inventory | None, task: str) -> Trains:
    """What trains in the method `text` for `task`; `whole` None where files do not tell. Raises BadInput where it has nothing to train."""
    method, argument = method_of(text)
    if whole is None:
        return Trains(text, None, (), None, None)
    choice = method.choose(argument, whole if task in OF_SENTENCES else whole.without((POOLER,)))
    names, values = trained(choice, whole)
    return Trains(text, choice, tuple(names), values, values / whole.size)


def cost_of_sweep(asked: Sweep, store: Store, what: Material, whole: Inventory | None) -> Cost:
    """What of a sweep is still to be made. Raises BadInput as `trains` does."""
    facts, spec = asked.parent.facts, asked.spec
    machine = _Machine(store, facts, asked.device)
    chosen = asked.chosen(store)
    left = [(arm.spec.method, False, arm.product) for arm in asked.arms(store) if not done(arm, store)]
    pilots = [pilot for pilot in asked.pilots() if not store.results.has_cell(pilot.id)]
    left += [(pilot.spec.method, True, None) for pilot in pilots]
    for method in (name for name in spec.methods if name not in chosen):
        for seed in range(spec.seeds):
            kept = spec.keep == "all" or (spec.keep == "first" and seed == 0)
            left += [(method, False, "kept" if kept else None)] * len(spec.sizes)
    tests = [name for name in what.sentences if name not in ("train", "dev")]
    dev = machine.reading(what, "dev")
    looks = dev * (EVALUATIONS * min(1.0, EVALUATED / what.sentences["dev"]) + 1)
    read = sum(machine.reading(what, name) for name in tests)
    head, tokenizer = what.head(facts.hidden), sum(files.size(file) for file in tokenizer_files(asked.parent.folder))
    seconds, disk = 0.0, 0
    for text, pilot, product in left:
        found = trains(text, whole, spec.task)
        seconds += MODEL_LOAD + spec.steps * machine.step(what, spec.batch, back(found.choice, whole))
        seconds += looks + (0.0 if pilot else read) + (SAVING if product else 0.0)
        if product:
            disk += BYTES * head + tokenizer + _kept(method_of(text)[0], found, facts)
    return Cost(asked.count, len(left), round(seconds, 1), disk, machine.basis)


def cost_of_distillation(asked: Distillation, store: Store, what: Material, layers: int, hidden: int) -> Cost:
    """What a distillation costs; the student has `layers`, `hidden` wide. The teacher reads beside it."""
    facts, spec = asked.parent.facts, asked.spec
    if asked.answered(store):
        return Cost(1, 0, 0.0, 0, "It is in the store.")
    machine = _Machine(store, facts, asked.device)
    share = layers / facts.layers * (hidden / facts.hidden) ** 2
    step = machine.step(what, spec.batch, 0) * (1 + 3 * share)
    tests = sum(machine.reading(what, name) for name in what.sentences if name not in ("train", "dev"))
    looks = machine.reading(what, "dev") * (EVALUATIONS + 3) * (1 + share)
    values = facts.parts.get("embeddings", 0) * hidden / facts.hidden + machine.deep * share
    seconds = MODEL_LOAD + SAVING + spec.steps * step + looks + 2 * tests
    return Cost(1, 1, round(seconds, 1), int(BYTES * values), machine.basis)


def back(choice: Choice | None, whole: Inventory | None) -> float:
    """The backward pass in forward passes: 1 for the way down to the lowest layer that trains, 1 for the slopes of all matrices there are."""
    if choice is None or whole is None:
        return 2.0
    matrices = {p.name: p for p in whole.parameters if len(p.shape) > 1 and not p.kind.startswith(EMBEDDING)}
    every = sum(p.size for p in matrices.values())
    named = [p for p in whole.parameters if p.name in set(choice.names)]
    if not named:
        return 0.0
    lowest = min((p.layer if p.layer >= 0 else whole.layers) for p in named)
    way = (whole.layers - max(lowest - 1, 0)) / max(whole.layers, 1)
    own = 0 if choice.rank is not None else sum(matrices[p.name].size for p in named if p.name in matrices)
    return way + own / max(every, 1)


def _kept(method: Method, found: Trains, facts: Facts) -> int:
    """Bytes of a product's weights: what changed of a sparse method, else all."""
    if not method.sparse or found.choice is None or found.values is None:
        return BYTES * facts.parameters
    return (INDEXED if found.choice.sampled is not None else BYTES) * found.values


class _Machine:
    """How fast this machine trains a checkpoint, which it does in fp32."""

    def __init__(self, store: Store, facts: Facts, device: str) -> None:
        rates = Rates.read(store.root, device)
        self.deep = multiplied(facts)
        self.pace = SMALL * rates.forward_at("fp32", rates.cores)
        self.basis = f"Time {rates.basis}."

    def reading(self, what: Material, split: str) -> float:
        """Seconds to read a split once."""
        return (what.words[split] * TOKENS_A_WORD + what.sentences[split] * SPECIAL) * self.deep / self.pace

    def step(self, what: Material, batch: int, backward: float) -> float:
        """Seconds of a step."""
        tokens = what.words["train"] / what.sentences["train"] * TOKENS_A_WORD + SPECIAL
        return batch * tokens * PADDED * self.deep * (1 + backward) / self.pace
