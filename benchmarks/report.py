"""How a benchmark says what it measured: rows of a Markdown table, kept as JSON for `make bench`."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from probing import precision

KINDS = {  # of processors, the best first: what they multiply fast
    "amx_bf16": "AMX",
    "avx512_bf16": "AVX-512 with bf16",
    "avx512f": "AVX-512",
    "avx2": "AVX2",
    "bf16": "Arm with bf16",
}


@dataclass(frozen=True)
class Row:
    """One line: `ours` and `theirs` in `unit`, medians; `ratio` is how many times better ours is, `goal` the ratio aimed at."""

    work: str
    against: str
    goal: str
    ours: float
    theirs: float
    unit: str
    ratio: float
    note: str = ""


def markdown(rows: list[Row]) -> str:
    lines = ["| work | against | goal | ours | theirs | ratio | note |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        ours, theirs = (f"{value:,.4g} {row.unit}" for value in (row.ours, row.theirs))
        lines.append(f"| {row.work} | {row.against} | {row.goal} | {ours} | {theirs} | {row.ratio:.1f} | {row.note} |")
    return "\n".join(lines)


def processor() -> tuple[str, str]:
    """Its name, and its kind."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    name = re.search(r"model name\s*:\s*(.+)", text)
    words = set(text.split())
    return name[1] if name else "unknown processor", next((kind for word, kind in KINDS.items() if word in words), "other")


def goal(amx: float, avx512_bf16: float, others: float) -> str:
    """The ratio aimed at on a processor of this machine's kind."""
    kind = processor()[1]
    return f"≥ {amx if kind == KINDS['amx_bf16'] else avx512_bf16 if kind == KINDS['avx512_bf16'] else others:g}"


def finish(name: str, rows: list[Row], out: Path | None, **more: Any) -> None:
    """Print the table, and write it where `--json` said."""
    print(markdown(rows), flush=True)
    if out:
        out.write_text(json.dumps({"name": name, "rows": [asdict(row) for row in rows], **more}, indent=1))


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_bytes(work: Callable[[], object]) -> int:
    """The most resident memory while `work` ran, beyond what there was before it. Linux.

    Not getrusage's: a process begins with its parent's peak there.
    """
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark falls to what is resident now
    before = _status("VmRSS")
    work()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def ceiling(size: int = 4096, repeats: int = 5, device: str = "cpu") -> dict[str, float]:
    """GFLOP/s of a large matrix product of this machine, by precision: the best of a few, since it is a ceiling.

    A CPU without bf16 needs minutes for a large product in it, and a small one shows as much.
    """
    found = {}
    turns = 20 if device.startswith("cuda") else 1  # products a repeat: one alone is shorter than the wait for it
    emulated = 512 if device == "cpu" and not precision.rounds_fits() else size
    for name, dtype, side in (("fp32", torch.float32, size), ("bf16", torch.bfloat16, emulated)):
        first, second = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))

        def multiply(a: torch.Tensor = first, b: torch.Tensor = second) -> None:
            for _ in range(turns):
                a @ b
            if device.startswith("cuda"):
                torch.cuda.synchronize(device)

        multiply()  # handles and kernels are made at the first call
        found[name] = 2 * side**3 * turns / min(seconds(multiply) for _ in range(repeats)) / 1e9
    return found
