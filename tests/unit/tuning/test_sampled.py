"""Drawn values as one vector: the weights of masked gradients over all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from probing.checkpoints import load, resolve

RATE, STEPS, CLIP = 3e-2, 12, 0.5


@pytest.fixture
def encoder(model: Path) -> Any:
    return load(resolve(str(model), None))[0].requires_grad_(True)


def loss(encoder: Any, step: int) -> Any:
    import torch

    ids = torch.from_numpy(np.random.default_rng(step).integers(4, 30, (3, 6)))
    return encoder(input_ids=ids).last_hidden_state.square().mean() + encoder.pooler.dense.bias.sum()


def masked(encoder: Any, count: int, seed: int) -> tuple[dict[str, Any], Any]:
    """What `SampledValues` is to equal: AdamW over every tensor, with gradients that are 0 where nothing was drawn."""
    import torch

    parameters = dict(encoder.named_parameters())
    sizes = [value.numel() for value in parameters.values()]
    chosen = np.random.default_rng(seed).choice(sum(sizes), count, replace=False, shuffle=False)
    flat = torch.zeros(sum(sizes))
    flat[torch.from_numpy(chosen)] = 1.0
    masks = [part.view(value.shape) for part, value in zip(flat.split(sizes), parameters.values(), strict=True)]
    adam = torch.optim.AdamW(parameters.values(), lr=RATE, betas=(0.9, 0.999), weight_decay=0.0)
    for step in range(STEPS):
        adam.zero_grad()
        loss(encoder, step).backward()
        for mask, value in zip(masks, parameters.values(), strict=True):
            if value.grad is not None:
                value.grad.mul_(mask)
        torch.nn.utils.clip_grad_norm_(list(parameters.values()), CLIP)
        adam.step()
    return {name: value.detach() for name, value in parameters.items()}, flat


def test_drawn_values_end_where_masked_gradients_take_them(encoder: Any, model: Path) -> None:
    import torch

    from probing.tuning.sampled import SampledValues

    parameters = dict(encoder.named_parameters())
    before = {name: value.detach().clone() for name, value in parameters.items()}
    sampled = SampledValues(parameters, 300, 7)
    adam = torch.optim.AdamW([sampled.values], lr=RATE, betas=(0.9, 0.999), weight_decay=0.0)
    for step in range(STEPS):
        loss(encoder, step).backward()
        sampled.gather()
        assert all(value.grad is None for value in parameters.values()), "full gradients are let go"
        torch.nn.utils.clip_grad_norm_([sampled.values], CLIP)
        adam.step()
        sampled.scatter()
    wanted, mask = masked(load(resolve(str(model), None))[0].requires_grad_(True), 300, 7)
    assert max(float((wanted[name] - value).abs().max()) for name, value in before.items()) > 10 * RATE / 2
    for name, value in parameters.items():
        assert torch.allclose(value, wanted[name], rtol=1e-4, atol=1e-6), name
    moved = torch.cat([(value != before[name]).view(-1) for name, value in parameters.items()])
    assert not (moved & (mask == 0)).any(), "what was not drawn stays to the bit"
    changes = sampled.changes()
    assert sum(len(value) for name, value in changes.items() if name.startswith("index/")) == int(moved.sum())
    for name, value in parameters.items():
        if f"index/{name}" in changes:
            before[name].view(-1)[changes[f"index/{name}"]] = changes[f"value/{name}"]
        assert torch.equal(before[name], value.detach()), name


def test_a_tensor_that_nothing_reads_gives_no_gradient(encoder: Any) -> None:
    from probing.tuning.sampled import SampledValues

    parameters = {name: value for name, value in encoder.named_parameters() if name.startswith("pooler")}
    sampled = SampledValues(parameters, 16, 0)
    encoder.embeddings.word_embeddings.weight.sum().backward()
    sampled.gather()
    assert sampled.values.grad is not None
    assert not sampled.values.grad.any()
