"""A run: the question asked, the independent cells that answer it, and the id it has everywhere.

The id is a digest of the run's cells (data, checkpoint fingerprints, *resolved* precision, settings, schema version) and of the
names its table shows, so the same question has the same id on every machine. Importing this module imports no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AliasChoices, Field, field_validator

from cache.keys import SCHEMA, canonical_json, digest
from probing import checkpoints as known_checkpoints
from probing import corpora, precision, probes, tasks, versions
from probing.checkpoints import Checkpoint, mends
from probing.corpora import Source
from probing.errors import BadInput, Request
from probing.extraction import submodules
from probing.measures.curve import CUTS, ORDERS
from probing.numerals import MOST, whole
from probing.probes import ProbeFamily, ProbeOptions
from probing.probes.complexity import swept
from probing.probes.edges import WIDTH as EDGE_WIDTH
from probing.probes.trees import RANK as TREE_RANK
from probing.settings import Settings
from probing.tasks.task import Level

if TYPE_CHECKING:
    from cache.store import Store

Size = Annotated[int, Field(ge=1, le=8192)]
ANSWERS = 2  # raise when a cell of the same question gets other rows: it is made anew then, from the vectors that are there
# Kinds of families that read words and not a task's items, bring them to a size of their own, and train all layers together.
OWN_VECTORS = ("trees", "edges")
BASELINE_SEED = 0  # the random-weights baseline is random:CKPT@0


class RunSpec(Request):
    """What a user asks. Frozen, no unknown keys; `parse` turns a wrong one into a sentence."""

    named = "The run's {}"

    checkpoints: tuple[str, ...] = Field(min_length=1, description="known names, local folders, hub ids, random:CKPT@SEED")
    corpus: str = Field(description="a known name, data:NAME, a folder with train/dev/test files, one file, or hub:OWNER/NAME")
    tasks: tuple[str, ...] = Field(
        min_length=1, description="task names; feats:* stands for every feature that qualifies, label:* for every column …"
    )
    probes: tuple[str, ...] = Field(("linear",), min_length=1, description="probe families")
    layers: Literal["all"] | tuple[int, ...] = Field("all", description="layers to probe; 0 is the embedding output")
    seeds: int = Field(3, ge=1, le=100, description="how many seeds (control maps, initial weights)")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="the first of them")
    max_train: int | None = Field(None, ge=1, le=MOST, description="take the first N sentences of train")
    max_dev: int | None = Field(None, ge=1, le=MOST, description="take the first N sentences of dev")
    max_test: int | None = Field(None, ge=1, le=MOST, description="take the first N sentences of each test split")
    pooling: Literal["mean", "first", "last", "max"] = Field("mean", description="sub-words to a word, words to a sentence")
    precision: Literal["auto", "fp32", "bf16"] = Field("auto", description="arithmetic of the forward pass")
    submodule: Literal["layer", "attention", "mlp"] = Field("layer", description="a layer's output, or what a part of it adds")
    dimension: int | None = Field(
        None, ge=1, le=8192, description="principal components of train that every vector is brought to; all of it by default"
    )
    width: tuple[Size, ...] = Field(
        (),
        description="hidden units of the MLP probe and of each hidden layer of the Bayesian one (128 by default), and of the edge probe "
        "(256); several: the frontier's sweep",
    )
    rank: tuple[Size, ...] = Field(
        (),
        description="rank of the low-rank probe (8 by default) and of tree probes (64); several: the frontier's sweep, or trees at each",
    )
    measure: Literal["accuracy", "decodability"] = Field(
        "accuracy", description="what is measured; decodability adds the loss-data curve and what is read from it"
    )
    epsilon: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="the loss in bits that εSC and SDL ask for; by default one from the run"
    )
    conditional_on: str | None = Field(
        default=None,
        validation_alias=AliasChoices("conditional_on", "baseline"),  # specs that were stored before say baseline
        description="what conditional V-information is given: a layer, or CKPT:LAYER; layer 0 by default",
    )
    as_published: bool = Field(
        False, description="codelengths also as the reference code adds them up, nats to bits; ssp and essp also on its labels"
    )
    baselines: bool = Field(True, description="control task and random-weights checkpoint")

    @field_validator("width", "rank", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return (value,) if isinstance(value, int) else value

    def ranks(self, level: Level) -> tuple[int, ...]:
        """The ranks asked of a task's probes, or the usual one."""
        return self.rank or (TREE_RANK if level == "tree" else ProbeOptions.rank,)

    def widths(self, probe: str) -> tuple[int, ...]:
        """The widths asked of a family's probes, or its usual one."""
        return self.width or (EDGE_WIDTH if probe in probes.of_kind("edges") else ProbeOptions.width,)

    @property
    def limits(self) -> dict[str, int | None]:
        return {"train": self.max_train, "dev": self.max_dev, "test": self.max_test}


@dataclass(frozen=True)
class Cell:
    """One independent piece of work: a checkpoint's layers, one task, one probe family. `id` names its answer."""

    id: str
    checkpoint: Checkpoint
    task: str
    probe: str
    layers: tuple[int, ...]
    sweep: tuple[float, ...] = ()  # complexities of the frontier
    conditional: bool = False  # whether it reads the plan's `conditional_on`


@dataclass(frozen=True)
class ConditionalBaseline:
    """A layer of a checkpoint, or of each cell's own where it is None."""

    checkpoint: Checkpoint | None
    layer: int


@dataclass(frozen=True)
class Plan:
    """A run made concrete: `spec` is canonical (tasks expanded, precision resolved).

    `conditional_on` is what conditional V-information is given: a checkpoint (None: each cell's own) and its layer.
    `baseline_of` maps a random baseline's name to the names of the checkpoints that it stands beside; `baselines` are those that nobody asked
    for by name.
    """

    run: str
    spec: RunSpec
    source: Source
    checkpoints: tuple[Checkpoint, ...]
    baseline_of: dict[str, tuple[str, ...]]
    baselines: frozenset[str]
    cells: tuple[Cell, ...]
    device: str
    conditional_on: ConditionalBaseline | None = None
    kind: ClassVar[str] = "run"  # of its job

    @property
    def reads(self) -> tuple[Checkpoint, ...]:
        base = self.conditional_on and self.conditional_on.checkpoint
        return (*self.checkpoints, *((base,) if base else ()))

    def answered(self, store: Store) -> bool:
        return store.results.has_run(self.run) and all(store.results.has_record(cell.id) for cell in self.cells)

    @property
    def label(self) -> str:
        requested = [c.name for c in self.checkpoints if c.name not in self.baselines]
        shown = ", ".join(requested[:2]) + (f" and {len(requested) - 2} more" if len(requested) > 2 else "")
        topics = ", ".join(self.spec.tasks[:3]) + (f" and {len(self.spec.tasks) - 3} more" if len(self.spec.tasks) > 3 else "")
        size = f", first {self.spec.max_train:,} sentences" if self.spec.max_train else ""
        part = "" if self.spec.submodule == submodules.LAYER else f" · {self.spec.submodule} only"
        measure = "" if self.spec.measure == "accuracy" else f" · {self.spec.measure}"
        common = f" · {self.spec.dimension} components" if self.spec.dimension else ""
        return f"{shown} · {topics} · {' + '.join(self.spec.probes)} · {self.source.name}{size}{part}{common}{measure}"


def plan(spec: RunSpec, settings: Settings) -> Plan:
    """Resolve what `spec` names and cut it into cells.

    Raises BadInput for anything that cannot be resolved; loads the corpus only where feats:* has to be expanded.
    """
    source = corpora.named(spec.corpus, settings)
    requested = [known_checkpoints.find(name, settings) for name in dict.fromkeys(spec.checkpoints)]
    random_of = {
        checkpoint.fingerprint: known_checkpoints.find(f"random:{checkpoint.spec}@{BASELINE_SEED}", settings)
        for checkpoint in requested
        if spec.baselines and checkpoint.random_seed is None
    }
    checkpoints = _distinct([*requested, *random_of.values()])
    # By fingerprint: descendants share their parent's architecture, and then its random baseline too.
    baseline_of: dict[str, tuple[str, ...]] = {}
    for checkpoint in checkpoints:
        beside = {own for own, random in random_of.items() if random.fingerprint == checkpoint.fingerprint}
        if beside:
            baseline_of[checkpoint.name] = tuple(other.name for other in checkpoints if other.fingerprint in beside)
    by_name = {checkpoint.fingerprint for checkpoint in requested}
    baselines = frozenset(c.name for c in checkpoints if c.name in baseline_of and c.fingerprint not in by_name)
    names = tuple(dict.fromkeys(spec.tasks))
    if any("*" in name for name in names):
        names = tuple(tasks.expand(names, source.load().first(spec.limits)))
    pairs = _pairs(names, tuple(dict.fromkeys(spec.probes)))
    device = precision.resolve_device(settings.device)
    canonical = spec.model_copy(
        update={
            "checkpoints": tuple(c.spec for c in requested),
            "corpus": source.spec,
            "tasks": names,
            "probes": tuple(dict.fromkeys(spec.probes)),
            "precision": precision.resolve(spec.precision, device),
        }
    )
    base = _conditional_on(canonical, settings)
    if base is not None and base.checkpoint is not None:
        canonical = canonical.model_copy(update={"conditional_on": f"{base.checkpoint.spec}:{base.layer}"})
    cells = tuple(_cell(canonical, source, checkpoint, task, probe, base) for checkpoint in checkpoints for task, probe in pairs)
    identity: list[object] = [SCHEMA, [cell.id for cell in cells], [c.name for c in checkpoints], source.name]
    # What only the run's own rows depend on, and no cell does.
    identity.extend(
        {name: value} for name in ("epsilon", "as_published") if (value := getattr(canonical, name)) not in (None, False)
    )
    if spec.measure == "decodability" and (mended := versions.of_rows("run")):
        identity.append({"versions": mended})
    run = digest(canonical_json(identity))[:16]
    return Plan(run, canonical, source, tuple(checkpoints), baseline_of, baselines, cells, device, base)


def _pairs(names: Sequence[str], families: Sequence[str]) -> list[tuple[str, str]]:
    """Each task with the probe families that can answer it. Raises BadInput where one of either has no other."""
    requested, can = {name: tasks.get_task(name) for name in names}, {name: probes.FAMILIES.get(name) for name in families}
    for name, task in requested.items():
        if not any(probes.answers(family, task) for family in can.values()):
            raise BadInput(
                f"The task {name} is not for {' or '.join(families)} probes: add one of {', '.join(probes.answering(task))} with --probe."
            )
    for name, family in can.items():
        if not any(probes.answers(family, task) for task in requested.values()):
            fit = next(task.card.name for task in tasks.TASKS if probes.answers(family, task))
            raise BadInput(f"The {name} probe cannot answer {' or '.join(names)}: add a task such as {fit} with --task.")
    return [(name, probe) for name, task in requested.items() for probe, family in can.items() if probes.answers(family, task)]


def _refuse_unread(spec: RunSpec) -> None:
    """Raise BadInput for an option that nothing of the run reads."""
    families = [probes.FAMILIES.get(probe) for probe in spec.probes]
    other = next((family for family in families if family.kind != "labels"), None)
    if spec.measure == "decodability" and other:
        raise BadInput(
            f"--measure decodability is of probes of labels, which {other.card.name} is not: leave one of the two out, or ask in two runs."
        )
    own = next((family for family in families if family.kind in OWN_VECTORS), None)
    if spec.dimension and own:
        raise BadInput(
            f"--dimension is not for the {own.card.name} probe, which has a projection of its own: leave one of the two out."
        )
    options = {option for family in families for option in family.options}
    trees, conditional = (any(family.kind == kind for family in families) for kind in ("trees", "conditional"))
    unread = {
        "conditional_on": spec.conditional_on is not None and not conditional,
        "epsilon": spec.epsilon is not None,
        "as_published": spec.as_published and "as_published" not in options,
        "width": len(spec.width) > 1,
        "rank": len(spec.rank) > 1 and not trees,
    }
    named = next((name for name, value in unread.items() if value), None)
    if spec.measure != "decodability" and named:
        option = named.replace("_", "-")
        what = f"Several values of --{option} are" if named in ("width", "rank") else f"--{option} is"
        more = {"as_published": " or the topological probe", "conditional_on": " or the conditional probe"}.get(named, "")
        raise BadInput(f"{what} read with --measure decodability{more} alone: add it, or leave this out.")


def _conditional_on(spec: RunSpec, settings: Settings) -> ConditionalBaseline | None:
    """What `--conditional-on` names, layer 0 of each by default; None where nothing conditional is measured. Raises BadInput."""
    _refuse_unread(spec)
    if not any(_conditional(spec, probe) for probe in spec.probes):
        return None
    if spec.conditional_on is None:
        return ConditionalBaseline(None, 0)
    name, _, layer = spec.conditional_on.rpartition(":")
    number = whole(layer)
    if number is None or number < 0:
        raise BadInput(
            f"--conditional-on is {spec.conditional_on!r}: name a layer such as 3, or a checkpoint and a layer such as minilm-l6:3."
        )
    if not name:
        return ConditionalBaseline(None, number)
    checkpoint = known_checkpoints.find(name, settings)
    refuse_beyond(checkpoint, [number])
    return ConditionalBaseline(checkpoint, number)


def refuse_beyond(checkpoint: Checkpoint, layers: Sequence[int], done: str = "probed") -> None:
    depth = checkpoint.facts.layers
    beyond = [layer for layer in layers if not 0 <= layer <= depth]
    if beyond:
        raise BadInput(f"{checkpoint.name} has layers 0 to {depth}, so layer {beyond[0]} cannot be {done}: choose others.")


def _distinct(checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
    """The checkpoints under names that tell them apart (two folders may have the same last part)."""
    result: list[Checkpoint] = []
    for checkpoint in checkpoints:
        if any(other.fingerprint == checkpoint.fingerprint for other in result):
            continue
        taken = any(other.name == checkpoint.name for other in result)
        result.append(replace(checkpoint, name=f"{checkpoint.name}#{checkpoint.fingerprint[:6]}") if taken else checkpoint)
    return result


def _cell(spec: RunSpec, source: Source, checkpoint: Checkpoint, task: str, probe: str, base: ConditionalBaseline | None) -> Cell:
    submodules.check(checkpoint, spec.submodule)
    narrow = next((c for c in (checkpoint, base and base.checkpoint) if c and c.facts.hidden < (spec.dimension or 0)), None)
    if narrow:
        raise BadInput(
            f"{narrow.name} has vectors of {narrow.facts.hidden} numbers, which cannot be brought to {spec.dimension}: take a smaller "
            "--dimension."
        )
    if spec.layers == "all":
        layers = tuple(range(checkpoint.facts.layers + 1))
    else:
        refuse_beyond(checkpoint, spec.layers)
        layers = tuple(sorted({*spec.layers, *([0] if spec.baselines else [])}))
    if base is not None and base.checkpoint is None:
        refuse_beyond(checkpoint, [base.layer])
    family, level = probes.FAMILIES.get(probe), tasks.get_task(task).level
    sweep = _sweep(spec, probes.of_labels(probe)) if spec.measure == "decodability" and family.kind == "labels" else ()
    beside = base if _conditional(spec, probe) else None
    facts = {
        "schema": SCHEMA,
        "answers": ANSWERS,
        **checkpoint.identity(),
        "corpus": source.hash,
        "limits": spec.limits,
        "task": task,
        "probe": probe,
        "layers": layers,
        "seeds": [spec.seed, spec.seeds],
        "pooling": spec.pooling,
        "precision": spec.precision,
        "submodule": spec.submodule,
        "width": spec.widths(probe)[0] if "width" in family.options else None,
        "rank": spec.ranks(level)[0] if "rank" in family.options else None,
        "measure": spec.measure,
        "baselines": spec.baselines,
    }
    if level == "tree":
        facts |= {"ranks": spec.ranks(level), "as_published": spec.as_published and "as_published" in family.options}
    if spec.dimension is not None:
        facts["dimension"] = spec.dimension
    if beside is not None and beside.checkpoint is not None and beside.checkpoint.facts.mend:
        facts["given_extraction"] = mends.VERSION
    if mended := versions.of_cell(family, task, spec.measure == "decodability"):
        facts["versions"] = mended
    if beside is not None:
        conditional = [beside.checkpoint.fingerprint if beside.checkpoint else None, beside.layer, spec.conditional_on]
        facts["decodability"] = {"cuts": CUTS, "orders": ORDERS, "sweep": sweep, "given": conditional}
    return Cell(digest(canonical_json(facts)), checkpoint, task, probe, layers, sweep, beside is not None)


def _conditional(spec: RunSpec, probe: str) -> bool:
    """Whether a family measures what a representation adds to a baseline."""
    kind = probes.FAMILIES.get(probe).kind
    return kind == "conditional" or (kind == "labels" and spec.measure == "decodability")


def _sweep(spec: RunSpec, family: ProbeFamily) -> tuple[float, ...]:
    """What the frontier of a family sweeps."""
    if family.codes:
        return ()
    requested = {"width": spec.widths(family.card.name), "rank": spec.ranks("word")}
    return swept(family, next((requested[name] for name in requested if name in family.options), ()))
