"""The GPU section of docs/performance.md, from what benchmarks/gpu.py measured. Imports no torch."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

Found = dict[str, Any]


def markdown(found: Found) -> str:
    """Tables of extraction, of probes and of profiles, and what was left out."""
    lines = [
        f"{found['made']}, {found['device']}, {found['cores']} processor cores, torch {found['torch']}, transformers {found['transformers']}; "
        f"random weights, text made on the spot; {found.get('seconds', 0):.0f} s in all.",
    ]
    if tests := found.get("tests"):
        lines += ["", f"`tests/gpu`: {tests['summary'].strip('= ')}."]
    ceiling = found.get("ceiling", {})
    if ceiling:
        parts = [
            f"{int(side):,}: {by['bf16'] / 1e3:,.1f} in bf16, {by['fp32'] / 1e3:,.1f} in fp32" for side, by in ceiling.items()
        ]
        lines += ["", f"TFLOP/s of a product of two square matrices, by side: {'; '.join(parts)}."]
    extraction = [one for one in found["figures"] if "precision" in one]
    if extraction:
        sides = list(ceiling)
        heads = ["checkpoint", "precision", "work", "sub-words/s", "TFLOP/s", *(f"share of {int(side):,}" for side in sides)]
        lines += ["", *_head([*heads, "passes", "peak GPU memory"])]
        lines += [_row(*_extraction(one, sides)) for one in extraction]
    probes = [one for one in found["figures"] if "precision" not in one]
    if probes:
        lines += ["", *_head(["work", "vectors", "seconds", "probes/s", "peak GPU memory"])]
        lines += [
            _row(one["work"], one["size"], f"{one['seconds']:.2f}", f"{one['rate']:,.1f}", _memory(one.get("peak_bytes")))
            for one in probes
        ]
    for one in found["profiles"]:
        lines += ["", f"{one['size']} in {one['precision']}, one profiled run of {1e3 * one['seconds']:,.0f} ms:", ""]
        lines += _head(["operation on the device", "ms", "calls", "operation on the CPU", "ms", "calls"])
        for device, cpu in zip_longest(one["device"], one["cpu"]):
            lines.append(_row(*_operation(device), *_operation(cpu)))
    for title, kind in (("Left out, since the time was short", "left_out"), ("Failed", "failed")):
        if found[kind]:
            lines += ["", f"{title}:", "", *(f"- {one}" for one in found[kind])]
    return "\n".join(lines)


def _extraction(one: Found, sides: list[str]) -> list[str]:
    shares = one.get("shares", {})
    return [
        one["size"],
        one["precision"],
        one["work"],
        f"{one['rate']:,.0f}",
        f"{one['gflops'] / 1e3:,.1f}" if "gflops" in one else "",
        *(f"{shares[side]:.2f}" if side in shares else "" for side in sides),
        str(one.get("passes", "")),
        _memory(one.get("peak_bytes")),
    ]


def _operation(one: Found | None) -> tuple[str, str, str]:
    if one is None:
        return "", "", ""
    return f"`{one['operation'].replace('|', '/')[:60]}`", f"{one['ms']:,.1f}", f"{one['count']:,}"


def _memory(count: int | None) -> str:
    return f"{count / 2**30:.2f} GiB" if count is not None else ""


def _head(names: list[str]) -> list[str]:
    return [_row(*names), "|" + "---|" * len(names)]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
