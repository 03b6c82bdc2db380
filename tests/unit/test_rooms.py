"""The arrows of docs/architecture.md: who may import whom, and what opens without torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "transformers", "datasets", "sklearn")


def imported(path: Path) -> set[str]:
    """Every module that the file names in an import, wherever it stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("cache", ("probing", "tools", "pages", "streamlit", "torch", "transformers", "datasets", "sklearn")),
        ("probing", ("tools", "pages", "streamlit", "app")),
        ("pages", ("tools", *HEAVY)),
        ("tools", ("pages", "streamlit", "app", "cache", *HEAVY)),
    ],
)
def test_arrows_run_one_way(room: str, forbidden: tuple[str, ...]) -> None:
    assert files(room), f"{room}/ has no files: the test would say nothing"
    for path in files(room):
        wrong = {name for name in imported(path) if name.split(".")[0] in forbidden}
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


def test_analysis_infers_and_figures_draw() -> None:
    """Analysis knows nothing of drawing; figures test and score nothing: of ours they import analysis, what a score is, and each other."""
    assert files("probing/analysis")
    for path in files("probing/analysis"):
        wrong = {name for name in imported(path) if name.startswith(("plotly", "streamlit", "probing.figures"))}
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"
    for path in files("probing/figures"):
        known = ("probing.analysis", "probing.figures", "probing.measures.effort")
        wrong = {name for name in imported(path) if name.startswith(("probing", "cache", "scipy")) and not name.startswith(known)}
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


@pytest.mark.parametrize(
    "module",
    [
        "probing.analysis.differences",
        "probing.analysis.exposure",
        "probing.analysis.size_curves",
        "probing.runs",
        "probing.comparisons",
        "probing.sweeps",
        "probing.distillations",
        "probing.estimate",
        "probing.training_cost",
        "probing.execution.queue",
        "probing.execution.channel",
        "probing.execution.reader",
        "probing.typed",
        "probing.figures",
        "probing.figures.size_curve",
        "probing.checkpoints",
        "probing.corpora",
        "probing.tasks",
        "probing.probes",
        "probing.measures",
        "probing.prediction",
        "probing.prediction.planner",
        "probing.prediction.stored",
        "probing.commands.lists",
        "probing.tuning",
        "probing.tuning.offers",
        "probing.tuning.finetune",
        "probing.tuning.distill",
    ],
)
def test_what_pages_import_opens_without_torch(module: str) -> None:
    code = f"import sys, {module}; print(sorted({HEAVY!r} & sys.modules.keys()))".replace(repr(HEAVY), repr(set(HEAVY)))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_supervisor_is_light() -> None:
    heavy = {"torch", "pandas", "pyarrow", "numpy", "streamlit"}
    code = f"import sys, probing.execution.supervisor; print(sorted({heavy!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_app_is_an_entry_not_a_house() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 80
