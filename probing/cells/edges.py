"""One cell of spans: fit edge probes on every layer of one checkpoint and on the mixes of its layers, and score them once on the test splits."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial

import numpy as np

from cache.activations import Reader
from cache.shard import compact
from probing import probes
from probing.cells import controls
from probing.cells.label_rows import LabelRows
from probing.cells.vectors import Split, prepare, unrolled
from probing.cells.work import CellResult, Work
from probing.measures import Score, micro_f1, mixes
from probing.probes.edges import FittedEdge
from probing.solvers.spans import EdgeProblem, SpanBank
from probing.tasks import control

AT_ONCE = 2_000_000_000  # bytes of a split's vectors that are held in memory; beyond them they are a file that the system reads on demand


def answer(work: Work) -> CellResult:
    """Fit and score. Early stopping reads dev; each test split is scored once.

    Of the probes it keeps LAYER/SEED/… and, of the mix of all layers, mix/SEED/…: see `FittedEdge`.
    """
    cell, spec, labelled = work.cell, work.spec, work.labelled
    family, layers = probes.of_edges(cell.probe), cell.layers
    draft, splits, tests = prepare(work)
    train, dev = splits["train"], splits["dev"]
    seeds = list(range(spec.seed, spec.seed + spec.seeds))
    sampled = controls.of_labels(work, splits)
    draft.notes += sampled.notes
    gold = (train.items.label, dev.items.label)
    alone = [(index,) for index in range(len(layers))]
    # The mix of one layer is that layer's own probe, whose projection takes γ in.
    mixed = [tuple(range(top + 1)) for top in range(1, len(layers))]
    problems = [EdgeProblem(some, *gold, len(labelled.classes), seed) for some in [*alone, *mixed] for seed in seeds]
    problems += [
        EdgeProblem(some, labels["train"], labels["dev"], len(labelled.classes), seed, name="control")
        for some in alone
        for seed, labels in sampled.of_seed.items()
    ]
    banks = {name: bank_of(splits[name], work.reader, layers) for name in ("train", "dev")}
    fitted = family.fit(banks["train"], banks["dev"], problems, spec.widths(cell.probe)[0], work.device, work.progress)
    own = {(one.problem.name, one.problem.layers, one.problem.seed): one for one in fitted}
    rows = LabelRows(draft, labelled, splits, tests)
    for name in ("dev", *tests):
        split = splits[name]
        bank = banks.pop(name, None) or bank_of(split, work.reader, layers)
        ladder: list[list[np.ndarray]] = []  # of the mixes up to each layer
        for some in [*alone, *mixed]:
            layer, task_probes = layers[some[-1]], [own["task", some, seed] for seed in seeds]
            logits = [probe.logits(bank.of(some)) for probe in task_probes]
            sums = [micro_f1.answers(one > 0, split.items.label, split.items.sentence) for one in logits]
            if len(some) > 1 or not ladder:
                ladder.append(sums)
            setting = {} if len(some) == 1 else {"mix": f"{layers[0]}..{layer}"}
            draft.over_seeds(layer, name, [] if name == "dev" else seeds, sums, partial(_f1, len(split.items)), setting)
            if len(some) > 1:
                continue
            log2p = [probe.log2_probabilities(one) for probe, one in zip(task_probes, logits, strict=True)]
            if name == "dev":
                rows.dev(layer, task_probes, log2p)
                continue
            rows.task(layer, name, seeds, log2p)
            for seed, p in zip(seeds, log2p, strict=True):
                rows.items(layer, name, seed, p)
            if sampled.of_seed:
                others = {seed: own["control", some, seed] for seed in sampled.of_seed}
                said = {seed: one.log2_probabilities(one.logits(bank.of(some))) for seed, one in others.items()}
                right = [p.argmax(1) == sampled.of_seed[seed][name] for seed, p in said.items()]
                rows.control(layer, name, log2p, right, control.seen(train.types, split.types))
        if mixed:
            draft.notes += _gains(rows, layers, name, ladder)
    if mixed:
        _shares(rows, layers, [own["task", mixed[-1], seed] for seed in seeds])
    if spec.baselines:
        rows.majority()
    for (name, some, seed), probe in own.items():
        if name == "task" and len(some) in (1, len(layers)):
            draft.store(f"{'mix' if len(some) > 1 else layers[some[0]]}/{seed}", probe.state)
    return draft.result()


def bank_of(split: Split, reader: Reader, layers: Sequence[int]) -> SpanBank:
    """The items of a split on the vectors of the words that they ask, each word once."""
    items, second = split.items, split.second
    spans = [(split.position, items.word, items.word + 1 if items.end is None else items.end)]
    if second is not None:
        spans.append((second.sentence, second.begin, second.end))
    unrolled_spans = [np.stack(unrolled(*span), axis=1) for span in spans]
    # By sentence and place, so that the words of a span stand side by side.
    words, row = np.unique(np.concatenate(unrolled_spans), axis=0, return_inverse=True)
    row = row.reshape(-1)
    ends, begun = [], 0
    for _, begin, end in spans:
        sizes = end - begin
        first = row[begun + np.cumsum(sizes) - sizes]
        ends.append(np.stack([first, first + sizes], axis=1))
        begun += int(sizes.sum())
    rows = []
    for layer in layers:
        vectors = compact(reader.words(layer, words[:, 0], words[:, 1]), layer)
        rows.append(vectors if len(layers) * vectors.nbytes <= AT_ONCE else _filed(vectors))
    return SpanBank(rows, ends)


def _filed(rows: np.ndarray) -> np.ndarray:
    """The same rows in a nameless file that goes when nobody reads it any more."""
    with tempfile.TemporaryFile() as file:
        copy: np.ndarray = np.memmap(file, rows.dtype, "w+", shape=rows.shape)
    copy[:] = rows
    return copy


def _f1(items: int, sums: Sequence[np.ndarray]) -> dict[str, Score]:
    return {"micro_f1": micro_f1.score(sums, items)}


def _gains(rows: LabelRows, layers: Sequence[int], split: str, ladder: list[list[np.ndarray]]) -> list[str]:
    """Rows of what each layer adds, of the bottom of the ladder, and of the expected layer; a note where that is refused."""
    items = len(rows.splits[split].items)
    rows.draft.scores(layers[0], split, _f1(items, ladder[0]), {"mix": f"{layers[0]}..{layers[0]}"})
    found = mixes.expected_layer(ladder, layers, items)
    for layer, gain in zip(layers[1:], found.gains, strict=True):
        rows.add(layer, split, "mix_gain", gain)
    rows.add(-1, split, "expected_layer", found.score)
    who = f"{rows.draft.cell.checkpoint.name}, {rows.draft.cell.task}, {split}"
    return [] if found.reason is None else [f"{who}: no expected layer, since {found.reason}."]


def _shares(rows: LabelRows, layers: Sequence[int], probes: Sequence[FittedEdge]) -> None:
    """Rows of what the mix of all layers gives to each; no split is scored for them."""
    shares, items = np.stack([probe.shares for probe in probes]), len(rows.splits["train"].items)
    for layer, own in zip(layers, shares.T, strict=True):
        rows.add(layer, "train", "mix_share", mixes.over_seeds(own, items))
    centres = shares @ np.asarray(layers, np.float64)
    seeds = [probe.problem.seed for probe in probes]

    def centre(some: Sequence[float]) -> dict[str, Score]:
        return {"centre_of_gravity": mixes.over_seeds(np.array(some), items)}

    rows.draft.over_seeds(-1, "train", seeds, centres.tolist(), centre)
