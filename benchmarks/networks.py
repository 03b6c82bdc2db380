"""Twenty MLP probes at every layer against a PyTorch loop that trains them one at a time: same vectors, batches and steps.

    python -m benchmarks.networks --corpus FOLDER [--layers 7] [--repeats 5] [--json FILE]

Four widths × five seeds on part of speech, first 1,000 train sentences. The peer is nn.Sequential with torch.optim.AdamW at
torch's defaults in fp32, given as many steps as ours took until it stopped and dev as often, best state kept. At each layer ours
and theirs take turns in one process, and which goes first alternates; ours runs `--repeats` times at a layer and its median counts. The
layers are the repeats of theirs. The ceiling is that of a large product in bf16; ours is counted on the products of training and dev.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import mean, median

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.report import Row, ceiling, finish, goal, seconds
from benchmarks.words import Words
from probing.measures.loss import unseen_share
from probing.solvers.networks import Mlp
from probing.solvers.standardise import Standardiser
from probing.solvers.stochastic import SCHEDULE, NetworkProblem, TrainedNetwork, train

WIDTHS = (32, 64, 128, 256)
SEEDS = 5


def theirs(rows: Tensor, gold: Tensor, dev: Tensor, dev_gold: Tensor, one: NetworkProblem, steps: int) -> float:
    """Train one probe as one would by hand; the mean dev loss of its best state, in bits."""
    torch.manual_seed(one.seed)
    width = one.network.units  # type: ignore[attr-defined]
    model = nn.Sequential(nn.Linear(rows.shape[1], width), nn.ReLU(), nn.Linear(width, one.classes))
    optimiser = torch.optim.AdamW(model.parameters(), lr=SCHEDULE.rate, weight_decay=SCHEDULE.decay)
    loss = nn.CrossEntropyLoss()
    length = max(SCHEDULE.least, -(-len(rows) // SCHEDULE.batch))
    best, kept, order = float("inf"), None, torch.randperm(0)
    for step in range(1, steps + 1):
        if len(order) < SCHEDULE.batch:
            order = torch.cat([order, torch.randperm(len(rows))])
        chosen, order = order[: SCHEDULE.batch], order[SCHEDULE.batch :]
        optimiser.zero_grad()
        loss(model(rows[chosen]), gold[chosen]).backward()
        optimiser.step()
        if step % length == 0:
            with torch.no_grad():
                chance = model(dev).softmax(1).gather(1, dev_gold[:, None])[:, 0]
                bits = -(chance * (1 - one.unseen) + one.unseen / one.classes).log2().mean().item()
            if bits < best:
                best, kept = bits, [parameter.detach().clone() for parameter in model.parameters()]
            else:
                for group in optimiser.param_groups:
                    group["lr"] *= SCHEDULE.slower
    assert kept is not None
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--checkpoint", default="minilm-l6")
    parser.add_argument("--max-train", type=int, default=1000)
    parser.add_argument("--layers", type=int, help="the first so many; all by default")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    words = Words.read(options.checkpoint, options.corpus, "upos", {"train": options.max_train, "dev": None, "test": 1})
    gold, dev_gold = (words.gold[name].astype(np.int32) for name in ("train", "dev"))
    unseen = unseen_share(len(gold), words.classes)
    probes = [
        NetworkProblem(gold, dev_gold, words.classes, Mlp(width), seed, unseen) for seed in range(SEEDS) for width in WIDTHS
    ]
    length = SCHEDULE.length(len(gold))
    labels = [torch.from_numpy(x).long() for x in (gold, dev_gold)]
    found = []
    for layer in range(options.layers or words.layers):
        raw = words.vectors(layer)
        scale = Standardiser.of(raw["train"])
        rows, dev = (torch.from_numpy(scale.apply(raw[name])) for name in ("train", "dev"))
        ours: list[TrainedNetwork] = []

        def run(rows: Tensor = rows, dev: Tensor = dev, ours: list[TrainedNetwork] = ours) -> None:
            ours[:] = train(rows[None], dev[None], probes, SCHEDULE, lambda _count: None)

        run()  # the steps theirs are given; and both find warm caches
        steps = [min(one.steps + length * SCHEDULE.patience, length * SCHEDULE.rounds) for one in ours]
        bits: list[float] = []

        def peer(rows: Tensor = rows, dev: Tensor = dev, bits: list[float] = bits, steps: list[int] = steps) -> None:
            bits[:] = [theirs(rows, labels[0], dev, labels[1], *job) for job in zip(probes, steps, strict=True)]

        times = []
        for repeat in range(options.repeats):
            if repeat == (options.repeats // 2 if layer % 2 else 0):
                peer_seconds = seconds(peer)
            times.append(seconds(run))
        flops = sum(
            2 * width * (rows.shape[1] * 2 + words.classes * 3) * SCHEDULE.batch * count
            + 2 * width * (rows.shape[1] + words.classes) * len(dev) * (count // length + 1)
            for width, count in zip([w for _ in range(SEEDS) for w in WIDTHS], steps, strict=True)
        )
        one = {
            "ours": median(times),
            "theirs": peer_seconds,
            "steps": mean(steps),
            "our_bits": mean(network.bits for network in ours),
            "their_bits": mean(bits),
            "gflops": flops / median(times) / 1e9,
        }
        found.append(one)
        print(f"layer {layer}: {one}", file=sys.stderr, flush=True)
    peak = ceiling()
    best = peak["bf16" if torch.backends.mkldnn.is_available() and peak["bf16"] > peak["fp32"] else "fp32"]
    middle = {name: median(one[name] for one in found) for name in found[0]}
    note = (
        f"dev loss {middle['our_bits']:.4f} and {middle['their_bits']:.4f} bits, {middle['steps']:,.0f} steps a probe; "
        f"{middle['gflops']:,.0f} GFLOP/s, {100 * middle['gflops'] / best:.0f} % of the ceiling; {len(found)} layers"
    )
    ratio = median(one["theirs"] / one["ours"] for one in found)
    work = f"{len(probes)} MLP probes (widths {', '.join(map(str, WIDTHS))} × {SEEDS} seeds) at a layer, {len(gold):,} words"
    row = Row(work, "a PyTorch loop, one at a time", goal(8, 5, 4), middle["ours"], middle["theirs"], "s", ratio, note)
    finish("networks", [row], options.json, ceiling=peak, layers=found)


if __name__ == "__main__":
    main()
