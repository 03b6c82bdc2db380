"""An epoch of the tree topological probe's three metrics at every layer, against a plain loop in the way of the published code.

    python -m benchmarks.topology --corpus FOLDER [--layers 0,3,6] [--sentences 1000] [--json FILE]

The peer goes layer by layer and metric by metric: batches of 32 sentences padded to the longest of the split, special tokens and padding
trained on like words, the frozen model run anew in every epoch of sp, labels of ssp and essp made word by word in Python, AdamW at 2e-5. Ours
trains sp, ssp and essp as published (labels by exact dynamic programming, and turned over) at all layers together on vectors encoded once,
whose encoding is counted in full. Both are given the same sentences; the peer's layers that were not run are scaled from those that were.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean, median

import numpy as np
import torch
from torch import Tensor

from benchmarks.report import Row, ceiling, finish, seconds
from benchmarks.treebank import Treebank
from cache.store import Store
from probing import corpora
from probing.checkpoints import resolve
from probing.checkpoints.loading import load
from probing.extraction import extract
from probing.measures.depths import published_reversed, valid_depths
from probing.measures.topology import levels
from probing.settings import Settings
from probing.solvers.objectives import Norms
from probing.solvers.projections import CONVERGED, ProjectionProblem, train

BATCH = 32
AIMS = {"sp": None, "ssp": valid_depths, "essp": published_reversed}


def greedy(norms: list[Tensor]) -> list[float]:
    """Labels of one sentence in ascending order of the norms, one comparison of tensors at a time."""
    found = [1.0, 2.0][: len(norms)]
    for norm in norms[2:]:
        stay, rise = abs(norm - found[-1]), abs(found[-1] + 1 - norm)
        found.append(found[-1] if stay < rise else found[-1] + 1)
    return found


def labels(norms: Tensor, turned: bool) -> Tensor:
    """[B, n] labels of the norms [B, n], or these from the last place to the first."""
    result = torch.zeros_like(norms)
    for row in range(len(norms)):
        order = sorted(range(norms.shape[1]), key=lambda place: norms[row][place])
        for place, label in zip(order, greedy([norms[row][place] for place in order]), strict=True):
            result[row][norms.shape[1] - 1 - place if turned else place] = label
    return result


def theirs(model: torch.nn.Module, tokens: dict[str, Tensor], layer: int, metric: str) -> float:
    """Seconds of an epoch; the vectors of ssp and essp are there before."""
    torch.manual_seed(0)
    batches = [
        {name: tensor[begin : begin + BATCH] for name, tensor in tokens.items()}
        for begin in range(0, len(tokens["input_ids"]), BATCH)
    ]

    def encoded(batch: dict[str, Tensor]) -> Tensor:
        with torch.no_grad():
            found: Tensor = model(**batch, output_hidden_states=True).hidden_states[layer]
            return found

    stored = None if metric == "sp" else [encoded(batch) for batch in batches]
    width = int(model.config.hidden_size)  # type: ignore[union-attr,arg-type]
    projection = torch.empty(width, width // 2).uniform_(-0.05, 0.05).requires_grad_()
    optimiser = torch.optim.AdamW([projection], lr=2e-5, eps=1e-8)
    # What the labels of sp are does not change its time: a depth for every place, padding too.
    depths = torch.ones(tokens["input_ids"].shape)
    begin = time.perf_counter()
    for number, batch in enumerate(batches):
        optimiser.zero_grad()
        vectors = encoded(batch) if stored is None else stored[number]
        norms = (vectors @ projection).pow(2).sum(-1)
        with torch.no_grad():
            wanted = (
                depths[number * BATCH : number * BATCH + len(norms)]
                if metric == "sp"
                else labels(norms.detach(), metric == "essp")
            )
        torch.nn.functional.mse_loss(norms, wanted).backward()
        torch.nn.utils.clip_grad_norm_([projection], 1.0)
        optimiser.step()
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--checkpoint", default="minilm-l6")
    parser.add_argument("--layers", default="0,3,6", help="of the peer")
    parser.add_argument("--sentences", type=int, default=1000, help="of train")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    limits: dict[str, int | None] = {"train": options.sentences, "dev": 100, "test": 100}
    bank = Treebank.read(options.checkpoint, options.corpus, limits)
    settings = Settings.read()
    checkpoint = resolve(options.checkpoint, settings.store, None, settings.offline)
    sentences = corpora.find(options.corpus).load().first(limits).splits["train"]
    model, tokenizer = load(checkpoint)
    tokens = dict(
        tokenizer(
            [list(s.forms) for s in sentences], is_split_into_words=True, padding=True, truncation=True, return_tensors="pt"
        )
    )
    problems = [ProjectionProblem(layer, bank.rows["train"].shape[2] // 2, 0) for layer in range(bank.layers)]
    text, dev = bank.text("train", levels), bank.text("dev", levels)
    round_ = replace(CONVERGED, rounds=1)

    def ours() -> None:
        for own in AIMS.values():
            train(text, dev, problems, Norms(own), round_, lambda _count: None)

    def encoding() -> float:
        with tempfile.TemporaryDirectory() as folder:
            store = Store(Path(folder))
            return seconds(lambda: extract(checkpoint, [s.forms for s in sentences], store))

    layers = [int(layer) for layer in options.layers.split(",")]
    found: dict[str, list[float]] = {metric: [] for metric in AIMS}
    our_epochs, our_encoding = [], []
    for layer in layers:
        our_epochs.append(seconds(ours))
        our_encoding.append(encoding())
        for metric in AIMS:
            found[metric].append(theirs(model, tokens, layer, metric))
        print(
            f"layer {layer}: { ({metric: round(times[-1], 2) for metric, times in found.items()}) }", file=sys.stderr, flush=True
        )
    peer = bank.layers * sum(mean(times) for times in found.values())
    epoch, once = median(our_epochs), median(our_encoding)
    work = f"sp, ssp and essp, {bank.layers} layers, {len(sentences):,} EWT sentences"
    against = "a loop over layers and metrics in the published way"
    told = ", ".join(f"{metric} {mean(times):.1f} s" for metric, times in found.items())
    words = np.mean([len(sentence.words) for sentence in sentences])
    note = f"a layer of the peer: {told}; {tokens['input_ids'].shape[1]} places a sentence with padding, {words:.1f} words"
    rows = [
        Row(f"{work}: an epoch", against, "≥ 20×", epoch, peer, "s", peer / epoch, note),
        Row(f"{work}: ten epochs with the encoding", against, "≥ 20×", 10 * epoch + once, 10 * peer, "s", 10 * peer / (10 * epoch + once),
            f"encoding {once:.1f} s, once; epochs scaled from one, and the encoding that the peer does before ssp and essp not counted"),
    ]  # fmt: skip
    finish("topology", rows, options.json, ceiling=ceiling(), layers=found)


if __name__ == "__main__":
    main()
