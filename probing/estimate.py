"""What a run will cost before it starts: sentences, words, tokens, seconds, disk. Imports no torch."""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import dataclass
from pathlib import Path

from cache import files
from cache.errors import StoreError
from cache.keys import sentence_key
from cache.store import Store
from probing import probes, tasks
from probing.corpora.sentence import Corpus
from probing.extraction import collection
from probing.measures import curve
from probing.probes.complexity import PENALTIES
from probing.runs import Cell, Plan, RunSpec
from probing.tasks.task import Labelled

# Rates assumed until this machine has measured its own. Deliberately slow: an estimate that ends early pleases.
FORWARD = 40e9  # parameter·tokens a second
FIT = 30e6  # word·unit·problem products a second
TOKENS_A_WORD = 1.3  # sub-words a word, for English text and a vocabulary of 30,000 pieces
MODEL_LOAD = 3.0  # seconds
CONDITIONAL = 2.0  # fits: a probe of twice the dimensions
VECTORS = {"edge": 2, "pair": 4}  # widths of an item, in vectors
RIDGE = 0.3  # linear fits that exact ridge solutions at every penalty, of all labellings, take the time of


@dataclass(frozen=True)
class Estimate:
    """`seconds` is for this machine; `cached` is the share of the run's cells that the store already holds."""

    sentences: int
    words: int
    tokens: int
    seconds: float
    disk_bytes: int
    cached: float
    basis: str  # one sentence: where the figures come from


@dataclass(frozen=True)
class Rates:
    """How fast this machine was when it last worked, kept in the store as rates.json."""

    forward: float = FORWARD
    fit: float = FIT
    measured: bool = False
    unmeasured: str = "until this machine is measured"  # why the rates are none of its own

    @classmethod
    def read(cls, root: Path) -> Rates:
        """The rates kept, or those assumed where there are none, or none that a rate can be."""
        path = root / "rates.json"
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            forward, fit = float(told["forward"]), float(told["fit"])
            if 0 < forward < math.inf and 0 < fit < math.inf:
                return cls(forward, fit, True)
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            pass
        return cls(unmeasured=f"since {path} is damaged: the next run measures anew")

    def write(self, root: Path) -> None:
        """Keep them. A run does not fail for it: they serve the next estimate alone."""
        with contextlib.suppress(StoreError):
            files.write_text(root / "rates.json", json.dumps({"forward": self.forward, "fit": self.fit}), "the rates")

    @property
    def cautious(self) -> str:
        """What an estimate says where nothing is measured."""
        return f"a cautious rate {self.unmeasured}"


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


def work(spec: RunSpec, cell: Cell, labelled: Labelled, corpus: Corpus) -> float:
    """How many numbers a cell's fits read: of train's words where whole trees are asked, else of the task's items."""
    words = sum(len(sentence.words) for sentence in corpus.splits["train"])
    items = words if labelled.level == "tree" else len(labelled.splits["train"]) * VECTORS.get(labelled.level, 1)
    return items * cell.checkpoint.facts.hidden * len(cell.layers) * problems(spec, cell.probe)


def estimate(plan: Plan, store: Store) -> Estimate:
    """Count what a run reads and what it has still to make. Loads the corpus, but no model.

    Raises BadInput where a task cannot be asked of the corpus, so that a run fails before it starts.
    """
    corpus = plan.source.load().first(plan.spec.limits)
    asked = {task: tasks.get_task(task).label(corpus) for task in plan.spec.tasks}
    own = [labelled.indexed_sentences(corpus) for labelled in asked.values()]
    texts = sorted({sentence.forms for splits in own for sentences in splits.values() for sentence in sentences})
    keys = [sentence_key(forms) for forms in texts]
    words = sum(len(forms) for forms in texts)
    open_cells = [cell for cell in plan.cells if not store.results.has_cell(cell.id)]
    rates = Rates.read(store.root)
    seconds, disk = 0.0, 0
    for checkpoint in {cell.checkpoint.fingerprint: cell.checkpoint for cell in open_cells}.values():
        missing = collection(store, checkpoint, plan.spec.pooling, plan.spec.precision, plan.spec.submodule).missing(keys)
        unread = sum(len(texts[i]) for i in missing)
        seconds += MODEL_LOAD + unread * TOKENS_A_WORD * checkpoint.facts.parameters / rates.forward
        disk += int(unread * checkpoint.facts.hidden * (checkpoint.facts.layers + 1) * 2 * 1.1)
    for cell in open_cells:
        seconds += work(plan.spec, cell, asked[cell.task], corpus) / rates.fit
    where = "at the rate last measured on this machine" if rates.measured else f"at {rates.cautious}"
    return Estimate(
        sentences=len(texts),
        words=words,
        tokens=int(words * TOKENS_A_WORD),
        seconds=round(seconds, 1),
        disk_bytes=disk,
        cached=1 - len(open_cells) / len(plan.cells),
        basis=f"Tokens at {TOKENS_A_WORD} a word; seconds {where}.",
    )
