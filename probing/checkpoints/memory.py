"""Whether a model will fit into memory, before it is loaded. Imports torch for a GPU only."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

MEMORY = Path("/proc/meminfo")
SHARE = 0.7  # of what is free that a model may take


def fits(count: int, device: str) -> bool:
    """Whether `count` bytes of weights fit beside what is there; where nobody can tell they are taken to."""
    free = _on_gpu(device) if device.startswith("cuda") else _here()
    return free is None or count <= SHARE * free


def _here() -> int | None:
    with contextlib.suppress(OSError):
        found = re.search(r"^MemAvailable:\s+(\d+) kB", MEMORY.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
        return int(found[1]) * 1024 if found else None
    return None


def _on_gpu(device: str) -> int:
    import torch

    return int(torch.cuda.mem_get_info(torch.device(device))[0])
