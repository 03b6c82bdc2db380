"""How large the parts of a run are, in estimated seconds: by them its cells are ordered, and its progress is one share of the whole."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from cache.keys import sentence_key
from cache.store import Store
from probing.calibration import Rates
from probing.corpora.sentence import Corpus
from probing.estimate import MODEL_LOAD, READING, TOKENS_A_WORD, multiplied, task_size, work
from probing.extraction import collection
from probing.runs import Cell, Plan
from probing.tasks.task import Labelled


def in_order(plan: Plan, labelled: Mapping[str, Labelled], corpus: Corpus) -> list[Cell]:
    """The plan's cells in the order in which they are answered: requested checkpoints before random baselines, and of a checkpoint the cheap
    cells before the dear ones."""
    place = {checkpoint.fingerprint: number for number, checkpoint in enumerate(plan.checkpoints)}

    def key(cell: Cell) -> tuple[bool, int, float]:
        one = cell.checkpoint
        return one.name in plan.baselines, place[one.fingerprint], work(plan.spec, cell, task_size(labelled[cell.task], corpus))

    return sorted(plan.cells, key=key)


def seconds_of(
    cells: Sequence[Cell], plan: Plan, store: Store, labelled: Mapping[str, Labelled], corpus: Corpus
) -> dict[Hashable, float]:
    """The seconds that each of the open `cells` takes, by its id, and reading with each of their checkpoints, by its fingerprint."""
    rates, spec = Rates.read(store.root, plan.device), plan.spec
    tasks = {name: task_size(one, corpus) for name, one in labelled.items()}
    sizes: dict[Hashable, float] = {cell.id: work(spec, cell, tasks[cell.task]) / rates.fit_at(rates.cores) for cell in cells}
    for checkpoint in {cell.checkpoint.fingerprint: cell.checkpoint for cell in cells}.values():
        mine = [cell.task for cell in cells if cell.checkpoint.fingerprint == checkpoint.fingerprint]
        splits = [labelled[task].indexed_sentences(corpus) for task in mine]
        forms = list({one.forms for by_split in splits for sentences in by_split.values() for one in sentences})
        vectors = collection(store, checkpoint, spec.pooling, spec.precision, spec.submodule)
        words = sum(len(forms[index]) for index in vectors.missing([sentence_key(one) for one in forms]))
        passes = words * TOKENS_A_WORD * READING * multiplied(checkpoint.facts)
        seconds = MODEL_LOAD + passes / rates.forward_at(spec.precision, rates.cores)
        sizes[checkpoint.fingerprint] = seconds if words else 0.0
    return sizes
