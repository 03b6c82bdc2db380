"""The command of a report asks the question that was asked: parsed again, it is the same spec."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from probing.__main__ import build
from probing.commands import run as run_command
from probing.commands.options import given
from probing.comparisons import ComparisonSpec
from probing.reports.reproduce import command, versions
from probing.runs import RunSpec
from probing.settings import Settings
from probing.sweeps import SweepSpec

ASKED: list[dict[str, Any]] = [
    {"checkpoints": ("minilm-l6",), "corpus": "grammar", "tasks": ("upos",)},
    {
        "checkpoints": ("minilm-l6", "random:minilm-l6@1"),
        "corpus": "data:my corpus",
        "tasks": ("upos", "label:a b", "feats:*"),
        "probes": ("linear", "mlp"),
        "layers": (0, 3),
        "seeds": 1,
        "seed": 4,
        "max_train": 100,
        "width": (16, 64),
        "measure": "decodability",
        "epsilon": 0.5,
        "conditional_on": "minilm-l6:2",
        "as_published": True,
        "baselines": False,
        "precision": "fp32",
        "dimension": 32,
        "pooling": "first",
        "submodule": "mlp",
    },
]


def options(text: str) -> Any:
    words = shlex.split(text)
    assert words[:3] == ["python", "-m", "probing"]
    return build().parse_args(words[3:])


@pytest.mark.parametrize("asked", ASKED)
def test_a_run(asked: dict[str, Any]) -> None:
    spec = RunSpec.parse(asked)
    assert run_command._spec(options(command("run", spec)), Settings.read()) == spec


def test_a_comparison() -> None:
    spec = ComparisonSpec.parse(
        {"checkpoints": ("a b", "c"), "corpus": "grammar", "items": "sentences", "layers": (1, 2), "baselines": False}
    )
    found = options(command("compare", spec))
    read = {"checkpoints": tuple(found.checkpoint), "baselines": not found.no_baselines} | given(found, ComparisonSpec)
    assert ComparisonSpec.parse(read) == spec


def test_a_sweep() -> None:
    asked = {
        "checkpoint": "minilm-l6",
        "data": "grammar",
        "task": "tokens",
        "methods": ("full", "bitfit"),
        "sizes": (64, "all"),
        "seeds": 2,
    }
    spec = SweepSpec.parse(asked | {"rates": "grid", "keep": "first"})
    found = options(command("sweep", spec))
    assert SweepSpec.parse({"methods": tuple(found.method)} | given(found, SweepSpec)) == spec


def test_versions_name_this_software_and_what_computes() -> None:
    said = versions()
    assert said.startswith("strata ")
    assert "torch" in said
