"""Whether a model will fit into memory, before it is loaded. Imports torch for a GPU only."""

from __future__ import annotations

import psutil

SHARE = 0.7  # of what is free that a model may take


def fits(count: int, device: str) -> bool:
    """Whether `count` bytes of weights fit beside what is there."""
    return count <= SHARE * (_on_gpu(device) if device.startswith("cuda") else psutil.virtual_memory().available)


def _on_gpu(device: str) -> int:
    import torch

    return int(torch.cuda.mem_get_info(torch.device(device))[0])
