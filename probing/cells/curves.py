"""The loss-data curve of one cell: probes on nested subsets of train, and what their losses and codes say of each layer.

Dev is cut in two by sentence: on one half the probe is chosen, on the other the loss is read. Test is read once, by the probe of
all of train. Subsets are sampled without replacement, item by item, from one random order a seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from probing.cells.label_rows import gold_bits
from probing.measures import curve
from probing.measures.loss import unseen_share
from probing.measures.scoring import seed_weights
from probing.measures.statistics import sentence_weights
from probing.measures.variational import Code
from probing.probes.family import FittedProbe, ProbeFamily, ProbeOptions, Problem


@dataclass(frozen=True)
class Labels:
    """One labelling, under every seed: `train` [R, N], `read` and `choose` [R, M] int32, -1 where an item is not in it.

    R is 1 where the labels have no seed (the task), else one row a seed (control maps). `name` as of `Problem`.
    """

    name: str
    train: np.ndarray
    choose: np.ndarray
    read: np.ndarray
    classes: int

    def of(self, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        row = seed if len(self.train) > 1 else 0
        return self.train[row], self.choose[row], self.read[row]


@dataclass(frozen=True)
class Curve:
    """Of one layer and labelling, in bits. S: seeds, J: sizes, B: replicates of sentences and seeds.

    `loss` and `accuracy` [S, J] on the reading half of dev, `losses` and `accuracies` [B, J] replicates of their means over seeds;
    `blocks` [S, J - 1], what the items between two sizes cost under the probe of the first; `data` [S], what all items cost under
    the last. `codes` [B, J] are replicates of the online codelength of the first items up to each size, `uniform` and `model` [B]
    of the uniform codelength and of the online one less the data, both of all items.
    """

    sizes: np.ndarray
    classes: int
    loss: np.ndarray
    accuracy: np.ndarray
    losses: np.ndarray
    accuracies: np.ndarray
    blocks: np.ndarray
    data: np.ndarray
    codes: np.ndarray
    uniform: np.ndarray
    model: np.ndarray


def halves(sentence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Masks [M] of the dev items to choose on and of those to read: sentences in turn."""
    choose = sentence % 2 == 0
    return choose, ~choose


def curves(
    family: ProbeFamily,
    vectors: tuple[np.ndarray, np.ndarray],
    sentences: tuple[np.ndarray, np.ndarray],
    labelled: Sequence[Labels],
    seeds: Sequence[int],
    options: ProbeOptions,
    progress: Callable[[int, int], None],
) -> list[Curve]:
    """A curve a labelling. `vectors` and `sentences`: of train [N, D], [N] and of dev [M, D], [M].

    A penalty is chosen for each size and labelling with the first seed's subset, and taken over for the other seeds; a
    family without one stops each probe on its own dev loss.
    """
    sizes = curve.sizes(len(vectors[0]))
    jobs = [_Job(labels, seed, size, place) for labels in labelled for place, seed in enumerate(seeds) for size in sizes]
    jobs = [job for job in jobs if not job.repeats(len(vectors[0]), family)]
    leading = [job for job in jobs if job.place == 0 or not family.penalised]
    probes = _fitted(family, vectors, leading, {}, options, lambda done, _total: progress(done, len(jobs)))
    penalty = {(job.labels.name, job.size): _penalty(probe) for job, probe in zip(leading, probes, strict=True)}
    behind = [job for job in jobs if job.place and family.penalised]
    probes += _fitted(family, vectors, behind, penalty, options, lambda done, _total: progress(len(leading) + done, len(jobs)))
    found = {(job.labels.name, job.place, job.size): probe for job, probe in zip([*leading, *behind], probes, strict=True)}
    return [_curve(labels, sizes, seeds, found, vectors, sentences) for labels in labelled]


@dataclass(frozen=True)
class _Job:
    """A probe to train: `place` is the seed's position."""

    labels: Labels
    seed: int
    size: int
    place: int

    def repeats(self, items: int, family: ProbeFamily) -> bool:
        """Whether another seed's probe is the same one: all of train, labels without a seed, a family without one."""
        return bool(self.place) and self.size == items and len(self.labels.train) == 1 and not family.seeded

    def problem(self, items: int, penalty: float | None) -> Problem:
        train, choose, _ = self.labels.of(self.place)
        chosen = order(items, self.seed)[: self.size]
        some = np.full(items, -1, np.int32)
        some[chosen] = train[chosen]
        return Problem(self.labels.name, some, choose, self.labels.classes, self.seed, penalty)


def order(items: int, seed: int) -> np.ndarray:
    """The random order [N] whose beginnings are the subsets of that seed."""
    return np.random.default_rng(seed).permutation(items)


class _Constant:
    """What is left where a subset has one class: that class, after the unseen-class rule (satisfies `FittedProbe`)."""

    def __init__(self, problem: Problem) -> None:
        labels = problem.train[problem.train >= 0]
        share = unseen_share(len(labels), problem.classes)
        chance = np.full(problem.classes, share / problem.classes)
        chance[labels[0]] += 1 - share
        self.problem, self.dev_loss = problem, float("nan")
        self.setting: dict[str, float | int | str] = {"lambda": "prior"}
        self.state: dict[str, np.ndarray] = {}
        self.code: Code | None = None
        self._log2p = np.log2(chance).astype(np.float32)

    def log2_probabilities(self, vectors: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self._log2p, (len(vectors), len(self._log2p)))


def _penalty(probe: FittedProbe) -> float | None:
    """The λ of a probe, infinite where its path ended at the prior, None where it has none."""
    found = probe.setting.get("lambda")
    if found is None:
        return None
    return math.inf if found == "prior" else float(found)


def _fitted(
    family: ProbeFamily,
    vectors: tuple[np.ndarray, np.ndarray],
    jobs: Sequence[_Job],
    penalty: dict[tuple[str, int], float | None],
    options: ProbeOptions,
    progress: Callable[[int, int], None],
) -> list[FittedProbe]:
    problems = [job.problem(len(vectors[0]), penalty.get((job.labels.name, job.size))) for job in jobs]
    some = [index for index, problem in enumerate(problems) if len(np.unique(problem.train[problem.train >= 0])) > 1]
    found: dict[int, FittedProbe] = {}
    if some:
        # The whole of train first: who has too few dev items to choose on takes the first one's choice.
        some.sort(key=lambda index: -jobs[index].size)
        found = dict(zip(some, family.fit(*vectors, [problems[index] for index in some], options, progress), strict=True))
    return [found[index] if index in found else _Constant(problem) for index, problem in enumerate(problems)]


def _curve(
    labels: Labels,
    sizes: Sequence[int],
    seeds: Sequence[int],
    found: dict[tuple[str, int, int], FittedProbe],
    vectors: tuple[np.ndarray, np.ndarray],
    sentences: tuple[np.ndarray, np.ndarray],
) -> Curve:
    items, uniform = len(vectors[0]), math.log2(labels.classes)
    read: list[np.ndarray] = []  # a seed: [3, J, sentences of dev], bits, right answers, items
    coded, held, blocks, data = [], [], [], []
    for place, seed in enumerate(seeds):
        gold, _, read_labels = labels.of(place)
        inside = np.flatnonzero(read_labels >= 0)
        where = sentences[1][inside], sentences[1]
        sampled = order(items, seed)
        cost = np.full(items, uniform)
        mine, own = [], []
        for number, size in enumerate(sizes):
            probe = found.get((labels.name, place, size)) or found[labels.name, 0, size]
            log2p = probe.log2_probabilities(vectors[1][inside])
            right = log2p.argmax(1) == read_labels[inside]
            mine.append(
                [_by_sentence(column, *where) for column in (-gold_bits(log2p, read_labels[inside]), right, np.ones(len(inside)))]
            )
            block = sampled[size : sizes[number + 1]] if number + 1 < len(sizes) else np.arange(items)
            bits = -gold_bits(probe.log2_probabilities(vectors[0][block]), gold[block])
            if number + 1 < len(sizes):
                cost[block] = bits
                own.append(float(bits.sum()))
            else:
                data.append(float(bits.sum()))
                held.append(_by_sentence(bits, sentences[0], sentences[0]))
        read.append(np.array(mine).transpose(1, 0, 2))
        blocks.append(own)
        coded.append(np.stack([_by_sentence(cost[sampled[:size]], sentences[0][sampled[:size]], sentences[0]) for size in sizes]))
    each = np.stack(read, 1)  # [3, S, J, sentences]
    chosen = seed_weights(len(seeds))
    weights = sentence_weights(each.shape[3])
    totals = np.einsum("bs,krjs->kbrj", weights, each, optimize=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        value, replicates = each.sum(3), totals[:2] / totals[2]
    losses, accuracies = np.einsum("kbrj,br->kbj", replicates, chosen)
    counted = _by_sentence(np.ones(items), sentences[0], sentences[0]) * uniform
    train_weights = sentence_weights(len(counted))
    codes = np.einsum("bs,rjs,br->bj", train_weights, np.stack(coded), chosen, optimize=True)
    last = ((train_weights @ np.stack(held).T) * chosen).sum(1)
    return Curve(
        sizes=np.array(sizes),
        classes=labels.classes,
        loss=value[0] / value[2],
        accuracy=value[1] / value[2],
        losses=losses,
        accuracies=accuracies,
        blocks=np.array(blocks).reshape(len(seeds), len(sizes) - 1),
        data=np.array(data),
        codes=codes,
        uniform=train_weights @ counted,
        model=codes[:, -1] - last,
    )


def _by_sentence(values: np.ndarray, sentence: np.ndarray, every: np.ndarray) -> np.ndarray:
    """Sums of `values` over each of the sentences of `every` [S]."""
    ids = np.unique(every)
    return np.bincount(np.searchsorted(ids, sentence), values, len(ids))
