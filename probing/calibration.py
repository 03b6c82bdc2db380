"""How fast this machine is: measured once for a store and device, and kept as rates.json.

    python -m probing.calibration --store DIR --device DEVICE

times passes through a block of a transformer with random weights, and evaluations of a small fit, on one thread: a second or two. What counts
is processor time and the best of several repeats. Other work still slows it, since threads share caches and units of a core: what was measured
beside it is measured once more when the machine is idle. Otherwise what is kept is not measured again until the store is used on another
machine. Imports torch inside functions only.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import math
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from cache import files
from cache.errors import StoreError
from cache.locks import FileLock
from cache.store import Store
from probing import precision, threads

# Assumed until this machine is measured: of a thread of a slow server (AVX2).
FORWARD = 25e9  # parameters × tokens a second
FIT = 3e9  # items × dimensions × columns × evaluations a second
EMULATED = 0.1  # of the speed of fp32 that bf16 has where the hardware lacks it
FORWARD_GROWTH, FIT_GROWTH = 0.9, 0.5  # exponents: passes use more threads better than a fit, whose steps are small
BUDGET = 0.3  # seconds a figure is repeated for
QUIET = 0.5  # threads of other work: with more the machine is not idle
WIDTH, SENTENCES, WORDS = 384, 16, 32  # of the model-shaped product: a block of a transformer
ITEMS, CLASSES, EVALUATIONS = 4096, 16, 6  # of the fit-shaped one

Positive = Field(gt=0, allow_inf_nan=False)


class Rates(BaseModel):
    """How fast a device of this machine is, a CPU on one of its `cores`. `forward` by precision: parameters that multiply × tokens a second;
    `fit`: items × dimensions × columns × evaluations a second, COLUMNS beyond the classes of a problem."""

    model_config = ConfigDict(frozen=True)
    machine: str
    cores: int = Field(ge=1)
    forward: dict[str, Annotated[float, Positive]]
    fit: float = Positive
    held: float = Field(default=0.0, ge=0)  # threads of other work when it was measured
    measured: bool = True
    damage: str = Field(default="", exclude=True)  # the path of a file that could not be read

    @classmethod
    def assumed(cls, damage: str = "") -> Rates:
        forward = dict.fromkeys(("fp32", "bf16"), FORWARD)
        return cls(machine="", cores=1, forward=forward, fit=FIT, measured=False, damage=damage)

    @classmethod
    def read(cls, root: Path, device: str) -> Rates:
        """The rates kept for the device of this machine, or those assumed where none are."""
        path, kept = root / "rates.json", {}
        try:
            kept = _FILE.validate_json(path.read_bytes())
        except FileNotFoundError:
            return cls.assumed()
        except (OSError, ValidationError):
            return cls.assumed(str(path))
        found = kept.get(_first(device))
        return found if found is not None and found.machine == machine() and "fp32" in found.forward else cls.assumed()

    def write(self, root: Path, device: str) -> None:
        """Keep them beside those of other devices. Nothing fails for it: they serve estimates alone."""
        path, kept = root / "rates.json", {}
        with contextlib.suppress(OSError, ValidationError):
            kept = _FILE.validate_json(path.read_bytes())
        with contextlib.suppress(StoreError):
            files.write_text(path, _FILE.dump_json(kept | {_first(device): self}).decode(), "the rates")

    def forward_at(self, kind: str, count: int) -> float:
        """Parameters × tokens a second in the precision `kind` on `count` threads."""
        one = self.forward.get(kind, EMULATED * self.forward["fp32"])
        return float(one * min(count, self.cores) ** FORWARD_GROWTH)

    def fit_at(self, count: int) -> float:
        return float(self.fit * min(count, self.cores) ** FIT_GROWTH)

    @property
    def basis(self) -> str:
        """Where the figures come from, as the end of a sentence."""
        if self.measured:
            return "from a short measurement of this machine"
        return (
            f"at the rate of a slow server, since {self.damage} is damaged"
            if self.damage
            else "at the rate of a slow server, since this machine is not measured yet"
        )


_FILE = TypeAdapter(dict[str, Rates])
COLUMNS = 4  # an evaluation reads the vectors and calls kernels whatever the number of classes: it takes as long as so many classes more


def calibrate(store: Store, device: str) -> Rates:
    """The rates of `device`, measured where the store has none of this machine, or only what was measured beside other work and the machine is
    idle now. Two processes that ask at once measure once."""
    found = Rates.read(store.root, device)
    if _serves(found):
        return found
    with lock_of(store, device):
        found = Rates.read(store.root, device)
        if not _serves(found):
            found = measure(_first(device))
            found.write(store.root, device)
    return found


def _serves(found: Rates) -> bool:
    return found.measured and (found.held <= QUIET or threads.busy() > QUIET)


def lock_of(store: Store, device: str) -> FileLock:
    """What a process holds while it measures the device."""
    return FileLock(store.locks / f"calibration-{_first(device).replace(':', '-')}.lock")


@functools.cache
def machine() -> str:
    """The processor's name and the number of cores that may be used."""
    name = "processor"
    with contextlib.suppress(OSError):
        if found := re.search(r"^model name\s*: (.+)$", precision.CPU_INFO.read_text(errors="replace"), re.MULTILINE):
            name = found[1]
    return f"{name}, {threads.cores()} cores"


def measure(device: str) -> Rates:
    """Time passes and fits on `device`, of a CPU on one thread. bf16 is timed where `auto` means it."""
    import torch

    before, held = torch.get_num_threads(), threads.busy()
    torch.set_num_threads(1)
    try:
        forward = {kind: _forward_rate(device, kind) for kind in sorted({"fp32", precision.resolve("auto", device)})}
        fit = _fit_rate(device)
    finally:
        torch.set_num_threads(before)
    return Rates(machine=machine(), cores=threads.cores() if device == "cpu" else 1, forward=forward, fit=fit, held=held)


def _first(device: str) -> str:
    return precision.devices(device)[0]


def _best(work: Callable[[], float], device: str) -> float:
    """The highest rate of several repeats; `work` returns how much it did. Once to warm up, then at least three times."""
    clock = time.process_time if device == "cpu" else time.perf_counter
    work()
    best, began, repeats = 0.0, clock(), 0
    while repeats < 3 or clock() - began < BUDGET:
        start = clock()
        done = work()
        best = max(best, done / max(clock() - start, 1e-6))
        repeats += 1
    return best


def _forward_rate(device: str, kind: str) -> float:
    """Parameters × tokens a second through a block of a transformer."""
    import torch

    dtype = torch.float32 if kind == "fp32" else torch.bfloat16
    draw = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return (torch.randn(*shape, generator=draw) / math.sqrt(shape[-1])).to(device, dtype)

    matrices = [drawn(*shape) for shape in ((3 * WIDTH, WIDTH), (WIDTH, WIDTH), (4 * WIDTH, WIDTH), (WIDTH, 4 * WIDTH))]
    start, linear, norm = drawn(SENTENCES, WORDS, WIDTH), torch.nn.functional.linear, torch.nn.functional.layer_norm

    def work() -> float:
        with torch.inference_mode():
            heads = linear(start, matrices[0]).view(SENTENCES, WORDS, 3, 12, WIDTH // 12).permute(2, 0, 3, 1, 4)
            mixed = torch.nn.functional.scaled_dot_product_attention(*heads).transpose(1, 2).reshape(start.shape)
            x = norm(start + linear(mixed, matrices[1]), (WIDTH,))
            x = norm(x + linear(torch.nn.functional.gelu(linear(x, matrices[2])), matrices[3]), (WIDTH,))
            x.float().cpu()
        return float(sum(matrix.numel() for matrix in matrices) * SENTENCES * WORDS)

    return _best(work, device)


def _fit_rate(device: str) -> float:
    """Items × dimensions × columns × evaluations a second of a linear probe along its way to the optimum."""
    import numpy as np
    import torch

    from probing.solvers.convex import Softmax
    from probing.solvers.design import Design
    from probing.solvers.standardise import Standardiser

    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(ITEMS, WIDTH)).astype(np.float32)
    labels = (vectors[:, :CLASSES] + draw.gumbel(size=(ITEMS, CLASSES))).argmax(1).astype(np.int32)
    group = Softmax(Design(vectors, Standardiser.of(vectors), device), [labels], CLASSES)
    start, penalty = group.start(), torch.tensor([1e-5], device=device)

    def work() -> float:
        _, evaluations = group.minimise(start, penalty, 3e-4, EVALUATIONS)
        return float(evaluations.sum()) * ITEMS * group.design.width * (CLASSES + COLUMNS)

    return _best(work, device)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m probing.calibration")
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--device", required=True, help="as a run has it resolved")
    options = parser.parse_args(arguments)
    calibrate(Store(options.store, create=False), options.device)
    return 0


if __name__ == "__main__":
    os.nice(10)  # the page that asked is drawn meanwhile, and what is measured is processor time
    sys.exit(main())
