"""What a run will cost before it starts: sentences, words, tokens, seconds, disk. Imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from cache.keys import sentence_key
from cache.store import Store
from probing import precision, probes, tasks, threads
from probing.calibration import COLUMNS, Rates
from probing.checkpoints.facts import Facts
from probing.corpora import Source
from probing.corpora.sentence import Corpus
from probing.extraction import collection
from probing.measures import curve
from probing.probes.complexity import PENALTIES
from probing.runs import Cell, Plan, RunSpec
from probing.tasks.task import Labelled, Level

TOKENS_A_WORD = 1.3  # sub-words a word, for English text and a vocabulary of 30,000 pieces
START, MODEL_LOAD = 4.0, 3.0  # seconds: of a process, and of each checkpoint
READING = 1.3  # times the passes: splitting words, pooling, writing
CONDITIONAL = 2.0  # fits: a probe of twice the dimensions
VECTORS = {"edge": 2, "pair": 4}  # widths of an item, in vectors
# Evaluations of the objective that a linear fit takes for a layer and labelling (docs/performance.md: 45 to 180 of pairs).
EVALUATIONS = 230
NOMINAL = 16  # classes that trees, edges and numbers count for: their cost is told beside a linear probe of so many
SPREAD, SPREAD_ASSUMED = (
    1.4,
    2.5,
)  # a time is told from 1 / SPREAD to SPREAD times what was counted; the second where nothing was measured
UNITS = (("s", 1.0, 1.0), ("min", 60.0, 1.0), ("h", 3600.0, 0.5))  # name, seconds, step
LONG, LARGE = 15 * 60, 2_000_000_000  # seconds and bytes beyond which somebody is asked before a run starts
RIDGE = 0.3  # linear fits that exact ridge solutions at every penalty, of all labellings, take the time of


@dataclass(frozen=True)
class Estimate:
    """What a run reads and costs. It takes `seconds` on this machine when it is idle, and from `fastest` to `slowest` as busy as it is now;
    `cached` is the share of the run's cells that the store already holds."""

    sentences: int
    words: int
    tokens: int
    seconds: float
    fastest: float
    slowest: float
    disk_bytes: int
    cached: float
    basis: str  # one sentence: where the figures come from

    @property
    def time(self) -> str:
        """The range in words, such as `3 to 6 min`."""
        return time_range(self.fastest, self.slowest)

    @property
    def large(self) -> bool:
        """Whether somebody is asked before it starts: it may take over LONG seconds of an idle machine, or keeps over LARGE bytes."""
        return self.seconds * SPREAD > LONG or self.disk_bytes > LARGE


def time_range(fastest: float, slowest: float) -> str:
    """Two times in one unit, rounded outwards to what somebody who waits cares for: `20 to 40 s`, `3 to 6 min`, `1.5 to 3 h`."""
    if slowest < 2:
        return "under 2 s"
    unit, length, step = next(row for row in UNITS if slowest < row[1] * 90 or row is UNITS[-1])
    step = step * 5 if slowest / length >= 20 * step else step
    low = math.floor(round(fastest / length / step, 6)) * step
    high = math.ceil(round(slowest / length / step, 6)) * step
    return f"{low:g} to {high:g} {unit}" if low else f"up to {high:g} {unit}"


def problems(spec: RunSpec, probe: str) -> float:
    """How many fits on all of train a layer's probes cost: nested subsets count by their share of it, both vectors as two.

    Tree and edge probes count by what one costs beside a linear probe; most of a tree probe's does not depend on the rank.
    """
    if probe in probes.of_kind("trees"):
        family = probes.of_trees(probe)
        own = family.aims(spec.as_published)
        return family.cost * spec.seeds * len(spec.ranks("tree")) * len(own) / len(family.aims(False))
    if probe in probes.of_kind("edges"):  # a layer's own, its mix and its control
        return probes.of_edges(probe).cost * spec.seeds * (3 if spec.baselines else 2)
    whole = 1 + (spec.seeds if spec.baselines else 0)
    if probe in probes.of_kind("conditional"):
        return CONDITIONAL * whole
    if probe in probes.of_kind("numbers"):
        return RIDGE
    if spec.measure != "decodability" or probes.of_labels(probe).codes:
        return whole
    sets = 2 if spec.baselines else 1
    return whole + CONDITIONAL + sets * (sum(curve.CUTS) * max(spec.seeds, curve.ORDERS) + len(PENALTIES))


@dataclass(frozen=True)
class TaskSize:
    """What of a task decides the time of a fit: its level, classes, and items of train (of trees: words)."""

    level: Level
    classes: int
    items: int


@dataclass(frozen=True)
class TextSize:
    """The distinct sentences of some tasks of a corpus (store key and words of each), and the tasks' sizes."""

    keys: list[str]
    words: list[int]
    tasks: dict[str, TaskSize]


def counted(source: Source, limits: dict[str, int | None], names: tuple[str, ...]) -> TextSize:
    """The sizes of the tasks `names` on the first sentences of each split. Raises BadInput where a task cannot be asked of the corpus."""
    return _counted(source, tuple(limits.items()), names)


@lru_cache(maxsize=16)  # a page asks for the same ones at every rerun
def _counted(source: Source, limits: tuple[tuple[str, int | None], ...], names: tuple[str, ...]) -> TextSize:
    corpus = source.load().first(dict(limits))
    forms: set[tuple[str, ...]] = set()
    sizes = {}
    for name in names:
        labelled = tasks.get_task(name).label(corpus)
        forms |= {one.forms for sentences in labelled.indexed_sentences(corpus).values() for one in sentences}
        sizes[name] = task_size(labelled, corpus)
    texts = sorted(forms)
    return TextSize([sentence_key(one) for one in texts], [len(one) for one in texts], sizes)


def task_size(labelled: Labelled, corpus: Corpus) -> TaskSize:
    """The size of a task on the corpus that it labels."""
    words = sum(len(sentence.words) for sentence in corpus.splits["train"])
    items = words if labelled.level == "tree" else len(labelled.splits["train"]) * VECTORS.get(labelled.level, 1)
    return TaskSize(labelled.level, len(labelled.classes), items)


def work(spec: RunSpec, cell: Cell, size: TaskSize) -> float:
    """Items × dimensions × columns × evaluations of a cell's fits."""
    labels = cell.probe in {*probes.of_kind("labels"), *probes.of_kind("conditional")}
    columns = COLUMNS + (size.classes if labels else NOMINAL)
    return size.items * cell.checkpoint.facts.hidden * columns * len(cell.layers) * problems(spec, cell.probe) * EVALUATIONS


def estimate(plan: Plan, store: Store) -> Estimate:
    """Count what a run reads and what it has still to make. Loads the corpus, but no model.

    Raises BadInput where a task cannot be asked of the corpus, so that a run fails before it starts.
    """
    texts = counted(plan.source, plan.spec.limits, plan.spec.tasks)
    words = sum(texts.words)
    open_cells = [cell for cell in plan.cells if not store.results.has_cell(cell.id)]
    to_open = {cell.checkpoint.fingerprint: cell.checkpoint for cell in open_cells}.values()
    passes, disk = 0.0, 0  # parameters × tokens, bytes
    for checkpoint in to_open:
        missing = collection(store, checkpoint, plan.spec.pooling, plan.spec.precision, plan.spec.submodule).missing(texts.keys)
        unread = sum(texts.words[i] for i in missing)
        passes += unread * TOKENS_A_WORD * READING * multiplied(checkpoint.facts)
        disk += int(unread * checkpoint.facts.hidden * (checkpoint.facts.layers + 1) * 2 * 1.1)
    fits = sum(work(plan.spec, cell, texts.tasks[cell.task]) for cell in open_cells)
    rates, held = Rates.read(store.root, plan.device), threads.busy()

    def seconds(count: int) -> float:
        fixed = START + MODEL_LOAD * len(to_open) if open_cells else 0.0
        return fixed + passes / rates.forward_at(plan.spec.precision, count) + fits / rates.fit_at(count)

    # Lanes take every core, however busy; products that round have threads that share them, and those take the idle cores.
    count = threads.free(held) if precision.rounds_fits() else rates.cores
    idle, now = seconds(rates.cores), seconds(count) / threads.share(held, count)
    spread = SPREAD if rates.measured else SPREAD_ASSUMED
    return Estimate(
        sentences=len(texts.keys),
        words=words,
        tokens=int(words * TOKENS_A_WORD),
        seconds=round(idle, 1),
        fastest=round(idle / spread, 1),
        slowest=round(max(idle, now) * spread, 1),
        disk_bytes=disk,
        cached=1 - len(open_cells) / len(plan.cells),
        basis=f"Tokens at {TOKENS_A_WORD} a word; time {rates.basis}.",
    )


def multiplied(facts: Facts) -> int:
    """Parameters that every token is multiplied with: embeddings are looked up."""
    return facts.parameters - facts.parts.get("embeddings", 0)
