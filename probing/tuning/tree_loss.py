"""The loss that holds a layer to norms which are depths of some tree (ssp), from the probe that a stored run trained."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from cache.store import Store
from probing.checkpoints import Checkpoint
from probing.errors import BadInput
from probing.measures.depths import valid_depths
from probing.probes.topological import SSP, TopologicalFamily
from probing.records import stored
from probing.tuning.batches import ExampleBatch
from probing.tuning.model import HeadOutput

ACCEPTABLE = "1"  # the class whose sentences count, where classes are 0 and 1


def trained_probe(store: Store, run: str | None, checkpoint: Checkpoint, layer: int) -> np.ndarray:
    """The ssp projection [D, R] of the run's first rank and seed, with which the method tree begins.

    Raises BadInput where no run is named or it has none that fits, StoreError where it is not there.
    """
    if run is None:
        raise BadInput(
            f"tree:{layer} begins with a trained probe: run --task trees --probe topological on {checkpoint.name}, and give its id as "
            "--init-probe."
        )
    record = stored.run(store, run)
    spec = record.spec
    if (spec.pooling, spec.submodule, spec.dimension) != ("mean", "layer", None):
        raise BadInput(
            f"The run {run} probed other vectors than the mean of a layer's sub-words: run topological without these options."
        )
    names = [one.name for one in record.checkpoints if one.fingerprint == checkpoint.fingerprint]
    cells = [one.id for one in record.cells if one.checkpoint in names and one.probe == TopologicalFamily.card.name]
    wanted = f"{layer}/{SSP}/{spec.ranks('tree')[0]}/{spec.seed}"
    found = store.results.probes(cells[0], lambda name: name == wanted) if cells else {}
    if wanted not in found:
        raise BadInput(
            f"The run {run} has no topological probe of {checkpoint.name} at layer {layer}: "
            "run it with --task trees --probe topological on this checkpoint and layer."
        )
    return found[wanted]


class TreeLoss:
    """`weight` times the mean over words of (‖Bᵀh‖² − t)², t the valid depths nearest to a sentence's own norms.

    Only sentences of the class `of` count (None: all), and only words that have a sub-word. B trains too.
    """

    def __init__(self, probe: np.ndarray, layer: int, weight: float, of: int | None, device: str) -> None:
        self.probe = nn.Parameter(torch.from_numpy(np.ascontiguousarray(probe, dtype=np.float32)).to(device))
        self.layer, self.weight, self.of = layer, weight, of

    def __call__(self, output: HeadOutput, batch: ExampleBatch) -> Tensor:
        used = np.ones(len(batch.ids), dtype=bool)
        if self.of is not None and batch.labels is not None:
            used = (batch.labels == self.of).cpu().numpy()
        norms = (words(output.states[self.layer], batch) @ self.probe).square().sum(-1)  # [W]
        lengths = np.bincount(batch.owner, minlength=len(used))
        rows = np.flatnonzero(used & (lengths > 1))
        if not len(rows):
            return norms.sum() * 0.0
        wanted = torch.from_numpy(np.isin(batch.owner, rows)).to(norms.device)
        residual = norms[wanted] - torch.from_numpy(targets(norms[wanted].detach().cpu().numpy(), lengths[rows])).to(norms)
        return self.weight * residual.square().mean()


def targets(norms: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """[W] → [W]: the nearest valid depths of sentences whose words stand one after another, by exact dynamic programming."""
    padded = np.zeros((len(lengths), int(lengths.max())))
    real = np.arange(padded.shape[1]) < lengths[:, None]
    padded[real] = norms
    return valid_depths(padded, lengths)[real]


def words(states: Tensor, batch: ExampleBatch) -> Tensor:
    """[B, T, D] → [W, D]: the mean over each word's sub-words, in the order of `batch.owner` and `batch.word`."""
    flat = batch.words.flatten()
    real = flat >= 0
    row = torch.arange(len(batch.words), device=flat.device).repeat_interleave(batch.words.shape[1])[real]
    _, word = torch.unique(row * (int(flat.max()) + 1) + flat[real], return_inverse=True)
    sums = states.new_zeros(len(batch.word), states.shape[-1]).index_add(0, word, states.flatten(0, 1)[real])
    return sums / torch.bincount(word, minlength=len(batch.word)).clamp(min=1).unsqueeze(-1)
