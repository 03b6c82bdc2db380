"""What the trees of a treebank look like from each layer of a checkpoint: every measure of the tree probes, as Markdown tables.

    python -m benchmarks.trees --corpus FOLDER [--checkpoint minilm-l6] [--rank 64] [--seed 0]

Trains distance, depth, sp and ssp probes at all layers on the first 3,000 train sentences, choosing on 700 of dev, and scores the first 700
of test once. The linear chain and the constant depth are the baselines.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from benchmarks.treebank import Treebank
from probing.measures.depths import valid_depths
from probing.measures.gold import Tree
from probing.measures.measure import Score
from probing.measures.topology import bound_scores, bounds, constant_error, levels, own_error, own_errors, random_place
from probing.measures.trees import (
    chain_depths,
    chain_distances,
    compare_depths,
    compare_distances,
    depth_scores,
    distance_scores,
    squared_distances,
    squared_norms,
)
from probing.solvers.objectives import Depth, Distance, Norms, TreeObjective
from probing.solvers.projections import CONVERGED, PUBLISHED, Projected, ProjectionProblem, train
from probing.solvers.trainer import EarlyStopping

COLUMNS = ("uuas", "dspr", "root_accuracy", "nspr")
TOPOLOGY = ("ssp_lower", "sp_sorted", "sp", "essp_upper", "place", "random place", "ssp")


def line(name: str, scores: dict[str, Score], columns: tuple[str, ...]) -> str:
    cells = (f"{scores[c].value:.3f} ({scores[c].lower:.3f}, {scores[c].upper:.3f})" for c in columns)
    return f"| {name} | {' | '.join(cells)} |"


def head(*columns: str) -> str:
    return f"| layer | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--checkpoint", default="minilm-l6")
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    bank = Treebank.read(options.checkpoint, options.corpus, {"train": 3000, "dev": 700, "test": 700})
    test = bank.trees["test"]

    def fit(gold: Callable[[Tree], np.ndarray], objective: TreeObjective, schedule: EarlyStopping, rank: int) -> list[Projected]:
        problems = [ProjectionProblem(layer, rank, options.seed) for layer in range(bank.layers)]
        begin = time.perf_counter()
        found = train(bank.text("train", gold), bank.text("dev", gold), problems, objective, schedule, lambda _count: None)
        print(
            f"{type(objective).__name__}: {time.perf_counter() - begin:.0f} s, rounds {[one.rounds for one in found]}", flush=True
        )
        return found

    distance = fit(lambda tree: tree.distances, Distance(), PUBLISHED, options.rank)
    depth = fit(lambda tree: tree.depths, Depth(), PUBLISHED, options.rank)
    half = bank.rows["train"].shape[2] // 2
    sp, ssp = (fit(levels, Norms(labels), CONVERGED, half) for labels in (None, valid_depths))

    print(f"\n{head(*COLUMNS)}")
    for layer in range(bank.layers):
        near = map(squared_distances, bank.projected("test", layer, distance[layer].weights))
        deep = map(squared_norms, bank.projected("test", layer, depth[layer].weights))
        scores = distance_scores([compare_distances(test, near)]) | depth_scores([compare_depths(test, deep)])
        print(line(str(layer), scores, COLUMNS), flush=True)
    chain = distance_scores([compare_distances(test, (chain_distances(len(tree)) for tree in test))])
    chain |= depth_scores([compare_depths(test, (chain_depths(len(tree)) for tree in test))])
    print(line("chain", chain, COLUMNS))

    print(f"\n{head(*TOPOLOGY)}")
    for layer in range(bank.layers):
        found = bounds(test, map(squared_norms, bank.projected("test", layer, sp[layer].weights)))
        slack = 1e-9 * found["essp_upper"]
        assert (found["ssp_lower"] <= found["sp_sorted"] + slack).all()
        assert (found["sp_sorted"] <= found["sp"] + slack).all()
        assert (found["sp"] <= found["essp_upper"] + slack).all()
        own = own_error([own_errors(map(squared_norms, bank.projected("test", layer, ssp[layer].weights)))])
        print(line(str(layer), bound_scores([found]) | {"random place": random_place([found]), "ssp": own}, TOPOLOGY), flush=True)
    print(f"\nsp of train's mean depth: {constant_error(bank.trees['train'], test).value:.3f}")


if __name__ == "__main__":
    main()
