"""The distance probe at every layer at once against a plain loop, a layer at a time: same vectors, loss, batch size and rates.

    python -m benchmarks.structural --corpus FOLDER [--rank 64] [--layers 0,3,6] [--json FILE]
    python -m benchmarks.structural --corpus FOLDER --seeds 3

The peer is written as one would from the paper: batches of 20 shuffled sentences, the tensor of differences [20, n, n, rank], autograd,
torch.optim.Adam at 1e-3, the rate a tenth after each epoch without a better dev loss, early stopping after five such epochs. Both run
until they stop; each layer of the peer is trained once, and between them ours takes two epochs of all layers. Compared are seconds an
epoch of all layers (ours: the median), and seconds in all.

With `--seeds` it is not timed: the peer is trained under so many seeds at each layer, its distances by the identity
|a|² + |b|² - 2ab, which gives the same numbers sooner, and the UUAS of both on test is printed as a Markdown table.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean, median

import numpy as np
import torch
from torch import Tensor

from benchmarks.report import Row, ceiling, finish, seconds
from benchmarks.treebank import Treebank
from probing.measures.gold import Tree
from probing.measures.trees import compare_distances, distance_scores, squared_distances
from probing.solvers.objectives import Distance
from probing.solvers.projections import PUBLISHED, Projected, ProjectionProblem, train

EPOCHS = 40
TWO = replace(PUBLISHED, rounds=2)


def batches(rows: Tensor, trees: list[Tree], order: np.ndarray) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Padded vectors [20, n, D], gold distances [20, n, n] (-1: padding) and lengths [20]."""
    ends = np.cumsum([len(tree) for tree in trees])
    found = []
    for begin in range(0, len(order), 20):
        some = order[begin : begin + 20]
        lengths = [len(trees[s]) for s in some]
        vectors = torch.zeros(len(some), max(lengths), rows.shape[1])
        gold = torch.full((len(some), max(lengths), max(lengths)), -1.0)
        for k, (s, n) in enumerate(zip(some, lengths, strict=True)):
            vectors[k, :n] = rows[ends[s] - n : ends[s]]
            gold[k, :n, :n] = torch.from_numpy(trees[s].distances.astype(np.float32))
        found.append((vectors, gold, torch.tensor(lengths)))
    return found


def loss(projection: Tensor, vectors: Tensor, gold: Tensor, lengths: Tensor, timed: bool) -> Tensor:
    """The sum over sentences."""
    y = vectors @ projection
    if timed:
        distances = (y.unsqueeze(2) - y.unsqueeze(1)).pow(2).sum(-1)
    else:
        norms = y.pow(2).sum(-1)
        distances = norms.unsqueeze(2) + norms.unsqueeze(1) - 2 * y @ y.transpose(1, 2)
    return (((distances - gold).abs() * (gold >= 0)).sum((1, 2)) / lengths**2).sum()


def theirs(bank: Treebank, layer: int, rank: int, seed: int = 0, timed: bool = True) -> tuple[np.ndarray, float, int]:
    """Weights, dev loss and epochs of one layer."""
    torch.manual_seed(seed)
    rows, dev_rows = (torch.from_numpy(bank.rows[name][layer]) for name in ("train", "dev"))
    projection = torch.empty(rows.shape[1], rank).uniform_(-0.05, 0.05).requires_grad_()
    optimiser = torch.optim.Adam([projection], lr=1e-3)
    slower = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, factor=0.1, patience=0)
    order = np.random.default_rng(seed)
    best, best_epoch, kept = float("inf"), 0, projection.detach().clone()
    for epoch in range(1, EPOCHS + 1):
        for vectors, gold, lengths in batches(rows, bank.trees["train"], order.permutation(len(bank.trees["train"]))):
            optimiser.zero_grad()
            (loss(projection, vectors, gold, lengths, timed) / len(lengths)).backward()
            optimiser.step()
        with torch.no_grad():
            dev = batches(dev_rows, bank.trees["dev"], np.arange(len(bank.trees["dev"])))
            total = sum(float(loss(projection, *batch, timed)) for batch in dev) / len(bank.trees["dev"])
        slower.step(total)
        if total < best - 1e-4:
            best, best_epoch, kept = total, epoch, projection.detach().clone()
        elif epoch - best_epoch >= 5:
            break
    return kept.numpy(), best, epoch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--checkpoint", default="minilm-l6")
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--layers", help="of the peer, such as 0,3,6; all by default")
    parser.add_argument("--seeds", type=int, help="compare UUAS under so many seeds, and no times")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    bank = Treebank.read(options.checkpoint, options.corpus, {"train": 3000, "dev": 700, "test": 700})
    layers = [int(layer) for layer in options.layers.split(",")] if options.layers else list(range(bank.layers))
    text, dev = (bank.text(name, lambda tree: tree.distances) for name in ("train", "dev"))

    def uuas(layer: int, weights: np.ndarray) -> float:
        guesses = (squared_distances(y) for y in bank.projected("test", layer, weights))
        return distance_scores([compare_distances(bank.trees["test"], guesses)])["uuas"].value

    if options.seeds:
        seeds = range(options.seeds)
        problems = [ProjectionProblem(layer, options.rank, seed) for layer in layers for seed in seeds]
        fitted = train(text, dev, problems, Distance(), PUBLISHED, lambda _count: None)
        print("| layer | ours, seeds | peer, seeds | ours | peer | difference, points |\n|---|---|---|---|---|---|", flush=True)
        for place, layer in enumerate(layers):
            own = [uuas(layer, one.weights) for one in fitted[place * len(seeds) : (place + 1) * len(seeds)]]
            peer = [uuas(layer, theirs(bank, layer, options.rank, seed, timed=False)[0]) for seed in seeds]
            both = " | ".join(" ".join(f"{value:.3f}" for value in some) for some in (own, peer))
            print(
                f"| {layer} | {both} | {mean(own):.4f} | {mean(peer):.4f} | {100 * (mean(own) - mean(peer)):+.2f} |", flush=True
            )
        return
    problems = [ProjectionProblem(layer, options.rank, 0) for layer in range(bank.layers)]
    begin = time.perf_counter()
    ours: list[Projected] = train(text, dev, problems, Distance(), PUBLISHED, lambda _count: None)
    our_seconds = time.perf_counter() - begin

    found, our_epochs = [], []
    for layer in layers:
        # Ours takes turns with theirs, all layers each time: none has stopped after two rounds.
        our_epochs.append(seconds(lambda: train(text, dev, problems, Distance(), TWO, lambda _count: None)) / TWO.rounds)
        begin = time.perf_counter()
        weights, dev_loss, epochs = theirs(bank, layer, options.rank)
        one = {"seconds": time.perf_counter() - begin, "epochs": epochs, "loss": dev_loss, "uuas": uuas(layer, weights)}
        one |= {"our_epochs": ours[layer].rounds, "our_loss": ours[layer].loss, "our_uuas": uuas(layer, ours[layer].weights)}
        found.append(one)
        print(f"layer {layer}: {one}", file=sys.stderr, flush=True)
    their_seconds = bank.layers * mean(one["seconds"] for one in found)
    our_epoch = median(our_epochs)
    their_epoch = bank.layers * mean(one["seconds"] / one["epochs"] for one in found)
    work = f"distance probe, {bank.layers} layers, rank {options.rank}, {len(bank.trees['train']):,} sentences"
    against = "a loop over layers with the tensor of differences"
    note = (
        f"dev loss {mean(one['our_loss'] for one in found):.4f} and {mean(one['loss'] for one in found):.4f}, test UUAS "
        f"{mean(one['our_uuas'] for one in found):.3f} and {mean(one['uuas'] for one in found):.3f}: means of layers "
        f"{', '.join(map(str, layers))}, whose times are scaled to all for the peer"
    )
    rows = [
        Row(f"{work}: an epoch", against, "≥ 15×", our_epoch, their_epoch, "s", their_epoch / our_epoch),
        Row(f"{work}: until it stops", against, "≥ 15×", our_seconds, their_seconds, "s", their_seconds / our_seconds, note),
    ]
    finish("structural", rows, options.json, ceiling=ceiling(), layers=found)


if __name__ == "__main__":
    main()
