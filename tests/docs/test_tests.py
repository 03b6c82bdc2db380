"""How tests are written: each draws its own data, and none waits for a time to pass instead of an event."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATORS = {"default_rng", "RandomState", "Random", "Generator", "manual_seed"}


def name_of(node: ast.expr | None) -> str:
    """The last name of what is called."""
    called = node.func if isinstance(node, ast.Call) else None
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def sleeps(node: ast.AST, polls: bool = False) -> Iterator[int]:
    """The lines of calls of `sleep` outside of a `while`, where it would stand for an event."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and name_of(child) == "sleep" and not polls:
            yield child.lineno
        yield from sleeps(child, polls or isinstance(child, ast.While))


def generators(module: ast.Module) -> Iterator[int]:
    """The lines at which a module keeps a random generator: what a test draws from it depends on the tests before."""
    for node in module.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and name_of(node.value) in GENERATORS:
            yield node.lineno


def test_what_is_looked_for_is_found() -> None:
    module = ast.parse(
        "DRAW = np.random.default_rng(0)\nONE = np.random.default_rng(0).normal()\ntime.sleep(1)\nwhile 1:\n    sleep(1)"
    )
    assert list(generators(module)) == [1]
    assert list(sleeps(module)) == [3]


def test_no_module_keeps_a_generator_and_no_sleep_stands_for_an_event() -> None:
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        where = path.relative_to(ROOT)
        found += [f"{where}:{line}: each test draws from a generator of its own" for line in generators(module)]
        found += [f"{where}:{line}: wait for an event, by a poll with a deadline" for line in sleeps(module)]
    assert found == []
