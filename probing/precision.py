"""Arithmetic and device of the forward pass, resolved before a run has its id. Torch is asked only about a GPU."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
from pathlib import Path

from probing.errors import BadInput

PRECISIONS = ("auto", "fp32", "bf16")
CPU_INFO = Path("/proc/cpuinfo")
AMX = frozenset({"amx_bf16"})
VECTORS = frozenset({"avx512_bf16", "bf16"})  # of x86 and of Arm
DRIVERS = ("/dev/nvidia0", "/dev/dxg")  # the second is how Linux under Windows sees a GPU


def resolve(precision: str, device: str) -> str:
    """`fp32` or `bf16` of a forward pass. `auto` is bf16 on CUDA from sm80 and on CPUs with AMX.

    CPUs that multiply bf16 by vector instructions alone encode in fp32: the precision enters the ids of what they have stored.

    `device` is a resolved one; several give one answer, since they fill one collection. Raises BadInput for another precision.
    """
    if precision not in PRECISIONS:
        raise BadInput(f"Precision {precision!r} is unknown: choose one of {', '.join(PRECISIONS)}.")
    if precision != "auto":
        return precision
    native = (_cuda_has_bf16(one) if one.startswith("cuda") else _cpu_has(AMX, str(CPU_INFO)) for one in devices(device))
    return "bf16" if all(native) else "fp32"


def resolve_device(device: str) -> str:
    """`cpu`, `cuda`, `cuda:N` or several with commas between; `auto` takes every GPU that torch can use, else the CPU.

    Raises BadInput for an unknown device, or a GPU that is not there.
    """
    if device == "auto":
        count = _gpu_count() if _gpu_visible() else 0
        return ",".join(f"cuda:{i}" for i in range(count)) if count > 1 else ("cuda" if count else "cpu")
    return ",".join(_one_device(part) for part in re.split(r",\s*", device))


def devices(device: str) -> tuple[str, ...]:
    """Each of what `resolve_device` gave. Text is encoded on all of them, probes are fitted on the first."""
    return tuple(device.split(","))


def _one_device(device: str) -> str:
    if device == "cpu":
        return device
    match = re.fullmatch(r"cuda(?::(\d+))?", device)
    if not match:
        raise BadInput(
            f"Device {device!r} is unknown: set STRATA_DEVICE to auto, cpu, cuda, cuda:N or several such as cuda:0,cuda:1."
        )
    count = _gpu_count() if _gpu_visible() else 0
    if int(match[1] or 0) >= count:
        raise BadInput(f"Device {device!r} was asked for, but {count} GPUs can be used here: set STRATA_DEVICE to auto or cpu.")
    return device


def rounds_fits() -> bool:
    """Whether the CPU multiplies bf16 faster than fp32, by a unit for matrices or by vector instructions: then fits round their vectors."""
    return _cpu_has(AMX | VECTORS, str(CPU_INFO))


@functools.cache
def _cpu_has(features: frozenset[str], cpu_info: str) -> bool:
    try:
        lines = Path(cpu_info).read_text(errors="replace").splitlines()
    except OSError:
        return False
    # x86 lists its features behind "flags", Arm behind "Features".
    return any(not features.isdisjoint(line.split()) for line in lines if line.startswith(("flags", "Features")))


def _gpu_visible() -> bool:
    """Whether torch is worth asking: a driver is loaded, torch was built for CUDA, no variable hides the GPUs."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return False
    if not (any(map(os.path.exists, DRIVERS)) or any(Path("/proc/driver/nvidia").glob("gpus/*"))):
        return False
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return False
    return any(Path(found.origin).parent.glob("lib/*torch_cuda*"))


@functools.cache
def _gpu_count() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _cuda_has_bf16(device: str) -> bool:
    import torch

    return torch.cuda.is_available() and torch.cuda.get_device_capability(torch.device(device)) >= (8, 0)
