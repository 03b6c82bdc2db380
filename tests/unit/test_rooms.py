"""The floors that docs/architecture.md draws: which room imports which, that no module is in a circle, and what opens without torch."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "transformers", "datasets", "sklearn")


TREES = ("cache", "probing", "pages", "benchmarks", "drills", "tools")


def modules() -> dict[str, Path]:
    """Every module of ours by its name; a package's is its __init__."""
    paths = [ROOT / "app.py", *(path for tree in TREES for path in sorted((ROOT / tree).rglob("*.py")))]
    found = {}
    for path in paths:
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path) -> Iterator[tuple[str, str | None]]:
    """Every import of the file, wherever it stands but under TYPE_CHECKING: a module, and a name that is taken from it."""

    def walk(node: ast.AST) -> Iterator[tuple[str, str | None]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, None) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.module, f"{path} has a relative import"
                yield from ((child.module, alias.name) for alias in child.names)
            elif not (isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING"):
                yield from walk(child)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")))


@cache
def graph() -> dict[str, set[str]]:
    """The modules of ours that each of them imports."""
    ours = modules()
    found: dict[str, set[str]] = {}
    for module, path in ours.items():
        named = {f"{one}.{name}" if f"{one}.{name}" in ours else one for one, name in imports(path)}
        found[module] = {name for name in named if name in ours} - {module}
    return found


@cache
def drawn() -> dict[str, tuple[tuple[str, ...], set[str]]]:
    """The table of docs/architecture.md, from the lowest floor up: a room's name, the paths that are in it, the rooms that it may import."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|$", text.split("## Floors")[1].split("\n## ")[0], re.MULTILINE)
    found = {}
    for paths, allowed in rows:
        room = tuple(re.findall(r"`([^`]+)`", paths))
        found[room[0]] = (room, set(re.findall(r"`([^`]+)`", allowed)))
    return found


def room_of(module: str) -> str:
    parts = module.split(".")
    inside = parts[1] if parts[0] == "probing" and len(parts) > 1 else parts[0]
    return next((name for name, (paths, _) in drawn().items() if inside in paths), inside)


def arrows() -> dict[str, set[str]]:
    """The rooms that each room imports."""
    found: dict[str, set[str]] = {}
    for module, others in graph().items():
        if module != "probing":
            found.setdefault(room_of(module), set()).update({room_of(other) for other in others if other != "probing"})
    return {room: others - {room} for room, others in found.items()}


def test_rooms_import_what_the_table_of_floors_draws() -> None:
    told, found = drawn(), arrows()
    assert list(told), "the table of floors has no rows"
    wrong = [
        f"| {', '.join(f'`{path}`' for path in told.get(room, ((room,), set()))[0])} | {', '.join(f'`{to}`' for to in sorted(found[room])) or '–'} |"
        for room in found
        if room not in told or told[room][1] != found[room]
    ]
    assert not wrong, "docs/architecture.md, Floors: these rows are, by the code,\n" + "\n".join(wrong)
    assert told.keys() == found.keys(), f"docs/architecture.md, Floors: no such room: {sorted(told.keys() - found.keys())}"


def test_no_arrow_runs_upwards() -> None:
    below: set[str] = set()
    for room, (_, allowed) in drawn().items():
        assert allowed <= below, f"{room} imports {sorted(allowed - below)}, which stand above it in the table of floors"
        below.add(room)


def test_modules_import_each_other_in_no_circle() -> None:
    """But for the grammar that sentences are made by, whose phrases hold clauses, and clauses phrases."""
    recursive = "tools.grammar."
    TopologicalSorter(
        {
            module: {other for other in others if not (module.startswith(recursive) and other.startswith(recursive))}
            for module, others in graph().items()
        }
    ).prepare()  # raises CycleError with the circle


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("cache", ("streamlit", *HEAVY)),
        ("probing", ("streamlit",)),
        ("pages", HEAVY),
        ("tools", ("streamlit", *HEAVY)),
    ],
)
def test_no_room_imports_what_is_not_its_own(room: str, forbidden: tuple[str, ...]) -> None:
    paths = sorted((ROOT / room).rglob("*.py"))
    assert paths, f"{room}/ has no files: the test would say nothing"
    for path in paths:
        wrong = {name for name, _ in imports(path) if name.split(".")[0] in forbidden}
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


def test_analysis_infers_and_figures_draw() -> None:
    """Which rooms they import the floors tell; of libraries analysis has none that draws, and figures none that tests."""
    for room, forbidden in (("analysis", ("plotly", "streamlit")), ("figures", ("scipy", "sklearn"))):
        paths = sorted((ROOT / "probing" / room).rglob("*.py"))
        assert paths
        for path in paths:
            wrong = {name for name, _ in imports(path) if name.split(".")[0] in forbidden}
            assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


def pages_of(module: str, importers: dict[str, set[str]]) -> set[str]:
    """The pages that show a module of pages/: those that import it, or import what imports it. app.py counts as a page."""
    found = set()
    for name in importers[module]:
        _, _, inside = name.partition("pages.")
        found |= pages_of(name, importers) if inside.startswith("shared.") else {inside.split(".")[0].lstrip("_") or name}
    return found


def test_shared_modules_have_several_pages_and_sections_one() -> None:
    ours = {module for module in graph() if module == "app" or module.startswith("pages.")}
    importers = {module: {name for name in ours if module in graph()[name]} for module in ours}
    shared = {module: pages_of(module, importers) for module in ours if module.startswith("pages.shared.")}
    sections = {
        module: (module.split(".")[1][1:], pages_of(module, importers)) for module in ours if module.startswith("pages._")
    }
    assert shared
    assert sections
    lonely = {module: sorted(pages) for module, pages in shared.items() if len(pages) < 2}
    assert not lonely, f"one page's own modules belong in pages/_NAME/: {lonely}"
    strayed = {module: sorted(pages) for module, (page, pages) in sections.items() if pages != {page}}
    assert not strayed, f"a module in pages/_NAME/ is imported by pages/NAME.py and its own folder alone: {strayed}"


LIGHT = (
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
    "probing.execution.client",
    "probing.execution.sentence_server",
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
    "probing.tuning.available",
    "probing.tuning.finetune",
    "probing.tuning.distill",
)
OPENING = """
import importlib, json, sys
names, heavy = map(set, json.loads(sys.argv[1]))
for name in sorted(names):
    importlib.import_module(name)
    if found := heavy & sys.modules.keys():
        sys.exit(f"{name} loads {sorted(found)}")
"""


def test_what_pages_import_opens_without_torch() -> None:
    asked = json.dumps([LIGHT, sorted(HEAVY)])
    done = subprocess.run([sys.executable, "-c", OPENING, asked], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_supervisor_is_light() -> None:
    heavy = {"torch", "pandas", "pyarrow", "numpy", "streamlit"}
    code = f"import sys, probing.execution.supervisor; print(sorted({heavy!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_class_names_occur_once() -> None:
    """One word, one meaning: whoever searches for a class finds one."""
    places: dict[str, list[str]] = {}
    for module, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(module)
    assert places
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert not twice, f"these classes need names of their own: {twice}"


def test_app_is_an_entry_not_a_house() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 80
