"""Which arithmetic and which device a run resolves to."""

from __future__ import annotations

from pathlib import Path

import pytest

from probing import precision
from probing.errors import BadInput


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("flags : fpu avx512_bf16 amx_bf16 amx_tile", "bf16"), ("flags : fpu avx512_bf16", "fp32"), ("", "fp32")],
)
def test_auto_on_a_cpu_is_bf16_only_where_amx_multiplies_it(
    flags: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(flags)
    monkeypatch.setattr(precision, "CPU_INFO", tmp_path / "cpuinfo")
    assert precision.resolve("auto", "cpu") == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("flags\t\t: fpu avx512_bf16 amx_bf16 amx_tile", True),
        ("flags\t\t: fpu avx512f avx512_bf16", True),
        ("Features\t: fp asimd bf16 i8mm", True),
        ("flags\t\t: fpu avx2 fma", False),
        ("model name\t: a processor that is named bf16", False),
    ],
)
def test_fits_round_where_the_processor_multiplies_bf16(
    flags: str, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{flags}\n")
    monkeypatch.setattr(precision, "CPU_INFO", tmp_path / "cpuinfo")
    assert precision.rounds_fits() == expected


def test_auto_on_a_machine_that_does_not_tell_is_fp32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "CPU_INFO", tmp_path / "none")
    assert precision.resolve("auto", "cpu") == "fp32"


def test_what_is_asked_for_is_kept() -> None:
    assert [precision.resolve(name, "cpu") for name in ("fp32", "bf16")] == ["fp32", "bf16"]


@pytest.mark.parametrize(("capability", "expected"), [((8, 0), "bf16"), ((9, 0), "bf16"), ((7, 5), "fp32")])
def test_auto_on_a_gpu_follows_its_generation(
    capability: tuple[int, int], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device: capability)
    assert precision.resolve("auto", "cuda:0") == expected


def test_devices_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_gpu_visible", lambda: True)
    monkeypatch.setattr(precision, "_gpu_count", lambda: 2)
    assert [precision.resolve_device(name) for name in ("auto", "cpu", "cuda", "cuda:1")] == [
        "cuda:0,cuda:1",
        "cpu",
        "cuda",
        "cuda:1",
    ]
    assert precision.resolve_device("cuda:1, cpu") == "cuda:1,cpu"
    assert precision.devices("cuda:1,cpu") == ("cuda:1", "cpu")
    with pytest.raises(BadInput, match="'cuda:3' was asked for"):
        precision.resolve_device("cuda:0,cuda:3")
    with pytest.raises(BadInput, match="'cuda:2' was asked for, but 2 GPUs"):
        precision.resolve_device("cuda:2")


def test_auto_with_one_gpu_is_that_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_gpu_visible", lambda: True)
    monkeypatch.setattr(precision, "_gpu_count", lambda: 1)
    assert precision.resolve_device("auto") == "cuda"


def test_several_devices_compute_in_what_all_of_them_multiply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_cuda_has_bf16", lambda device: device != "cuda:1")
    assert [precision.resolve("auto", device) for device in ("cuda:0", "cuda:0,cuda:1", "cuda:0,cuda:2")] == [
        "bf16",
        "fp32",
        "bf16",
    ]


def test_no_gpu_is_visible_where_a_variable_hides_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert precision.resolve_device("auto") == "cpu"
    with pytest.raises(BadInput, match="STRATA_DEVICE"):
        precision.resolve_device("cuda")


@pytest.mark.parametrize("name", ["tpu", "cuda:x", "CPU ", "", "cpu,", "cpu;cpu"])
def test_devices_that_do_not_exist_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match="is unknown"):
        precision.resolve_device(name)
