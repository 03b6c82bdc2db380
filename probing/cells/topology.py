"""How far the attention of two checkpoints differs in shape, head against head, on the same sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from probing.checkpoints import Checkpoint
from probing.checkpoints.tokenizer import load_tokenizer
from probing.comparisons import MOST_GRAPHS, SAMPLE_SEED, SPLIT, Pair
from probing.extraction.attention import NoAttention, maps
from probing.extraction.extract import Progress
from probing.extraction.tokens import Splitter
from probing.measures import attention_graphs
from probing.measures.similarity import chosen

FEWEST = 10  # sentences under which an interval over them says nothing
Row = dict[str, Any]


def answer(
    pair: Pair, forms: list[tuple[str, ...]], root: Path, precision: str, device: str, progress: Progress
) -> tuple[list[Row], list[str]]:
    """Rows of `topology_drift` by layer and head (`{"head": h}`, from 1) and of each graph's counts by layer (`{"of": "first" or
    "second"}`, counts with their `threshold`), and notes; no rows, and the reason among the notes, where there is nothing to compare.
    The store at `root` keeps self-checks."""
    names = f"{pair.first.name} and {pair.second.name}"
    if len(forms) < FEWEST:
        return [], [f"Attention of {names} is not compared: {len(forms)} sentences are too few, take more text."]
    sampled = [forms[place] for place in chosen(len(forms), MOST_GRAPHS, SAMPLE_SEED)]
    if not _same_tokens(pair, sampled):
        return [], [
            f"Attention of {names} is not compared: they split the text into other tokens, so their graphs have other vertices."
        ]
    notes = []
    if len(sampled) < len(forms):
        notes.append(
            f"The shape of attention is read from {len(sampled):,} of {len(forms):,} sentences, sampled under seed {SAMPLE_SEED}."
        )
    try:
        first, second = [
            _shapes(one, sampled, pair.first_layers, root, precision, device, progress) for one in (pair.first, pair.second)
        ]
    except NoAttention as error:
        return [], [str(error)]
    return rows_of(pair.first_layers, first, second), notes


def rows_of(layers: tuple[int, ...], first: np.ndarray, second: np.ndarray) -> list[Row]:
    """Of features of both [L, S, H, F] on the same S sentences, in the order of `layers` [L]."""
    rows: list[Row] = []
    for layer, one, other in zip(layers, first, second, strict=True):
        base = {"layer": layer, "split": SPLIT, "n": one.shape[0]}
        drift = base | {"metric": "topology_drift"}
        rows.append(drift | {"setting": {}} | attention_graphs.drift(one, other)._asdict())
        for head in range(one.shape[1]):
            own = attention_graphs.drift(one[:, [head]], other[:, [head]])
            rows.append(drift | {"setting": {"head": head + 1}} | own._asdict())
        for of, some in (("first", one), ("second", other)):
            *counts, bar = some.mean((0, 1)).tolist()
            names = [
                (name, {"threshold": threshold})
                for name in attention_graphs.PER_TOKEN
                for threshold in attention_graphs.THRESHOLDS
            ]
            for (name, setting), value in zip([*names, (attention_graphs.TREE, {})], [*counts, bar], strict=True):
                rows.append(base | {"metric": name, "setting": setting | {"of": of}, "value": value})
    return rows


def _same_tokens(pair: Pair, forms: list[tuple[str, ...]]) -> bool:
    found = [
        Splitter(load_tokenizer(one.folder).backend_tokenizer, one.facts.max_length).tokens(forms, lambda _done, _total: None)
        for one in (pair.first, pair.second)
    ]
    return all(np.array_equal(getattr(found[0], name), getattr(found[1], name)) for name in ("ids", "words", "start"))


def _shapes(
    checkpoint: Checkpoint,
    forms: list[tuple[str, ...]],
    layers: tuple[int, ...],
    root: Path,
    precision: str,
    device: str,
    progress: Progress,
) -> np.ndarray:
    """Features [L, S, H, F] of the graphs that the checkpoint's attention draws; a sentence's maps are dropped once they are read."""
    found = []
    for done, attention in enumerate(maps(checkpoint, forms, root, precision=precision, device=device, between="tokens")):
        progress(f"{checkpoint.name}: reading attention", done, len(forms))
        # A layer at a time, since a long sentence has large maps.
        found.append([attention_graphs.features(attention_graphs.graphs(attention[layer - 1])) for layer in layers])
    return np.array(found).swapaxes(0, 1)
