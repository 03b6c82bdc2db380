"""A new family, task, measure, method or format is one new file in its package: list, card and page of cards find it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probing.__main__ import main
from probing.corpora.formats import FORMATS
from probing.measures import MEASURES
from probing.probes import FAMILIES
from probing.registry import Card, Registry, discover
from probing.tasks import TASKS
from probing.tuning import METHODS

ROOT = Path(__file__).resolve().parents[2]
CARD = 'Card("newcomer", "A newcomer", "What it measures.", "What it assumes.", "When it misleads.", "Its source.")'
FIELDS = f"**vars({CARD})"  # of a class that is a card and more
FILES: dict[str, tuple[str, Registry[Any], str]] = {
    "probes": (
        "probing.probes",
        FAMILIES,
        "from probing.probes.family import FAMILIES\nfrom probing.probes.mlp import MlpFamily\n\n"
        f"class Newcomer(MlpFamily):\n    card = {CARD}\n\nFAMILIES.register(Newcomer())\n",
    ),
    "tasks": (
        "probing.tasks",
        TASKS,
        "from dataclasses import replace\nfrom probing.tasks.task import TASKS\nimport probing.tasks.sentences\n\n"
        f'TASKS.register(replace(TASKS.get("sentence_length"), {FIELDS}))\n',
    ),
    "measures": (
        "probing.measures",
        MEASURES,
        "from dataclasses import replace\nfrom probing.measures.measure import MEASURES\nimport probing.measures.frontier\n\n"
        f'MEASURES.register(replace(MEASURES.get("hypervolume"), {FIELDS}))\n',
    ),
    "methods": (
        "probing.tuning.methods",
        METHODS,
        "from dataclasses import replace\nfrom probing.tuning.method import METHODS\nimport probing.tuning.methods.full\n\n"
        f'METHODS.register(replace(METHODS.get("full"), {FIELDS}))\n',
    ),
    "formats": (
        "probing.corpora.formats",
        FORMATS,
        "from dataclasses import replace\nfrom probing.corpora.formats.format import FORMATS\nimport probing.corpora.formats.slots\n\n"
        f'FORMATS.register(replace(FORMATS.get("slots"), {FIELDS}))\n',
    ),
}


@pytest.fixture(params=FILES)
def listed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The list of a registry whose package has one file more."""
    package, registry, text = FILES[request.param]
    (tmp_path / "newcomer.py").write_text("from probing.registry import Card\n" + text)
    module = importlib.import_module(package)
    monkeypatch.setattr(module, "__path__", [*module.__path__, str(tmp_path)])
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    discover(package, module.__path__)
    yield request.param
    del sys.modules[f"{package}.newcomer"]
    delattr(module, "newcomer")


def test_one_file_is_enough(listed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "newcomer" in FILES[listed][1].names()
    assert main([listed, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)[listed]
    assert [card["title"] for card in told if card["name"] == "newcomer"] == ["A newcomer"]
    spec = importlib.util.spec_from_file_location("build_cards", ROOT / "docs" / "build_cards.py")
    assert spec is not None
    assert spec.loader is not None
    builder: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    section = builder.render().partition(f"\n## {listed.capitalize()}\n")[2].partition("\n## ")[0]
    assert "### `newcomer`: A newcomer\n\n- **Measures.** What it measures.\n" in section


def test_places_come_before_the_order_of_files() -> None:
    class Entry:
        def __init__(self, name: str) -> None:
            self.card = Card(name, "", "", "", "", "")

    some: Registry[Any] = Registry("thing")
    some.register(Entry("b"))
    some.register(Entry("a"))
    some.register(Entry("c"), place=1)
    assert some.names() == ["c", "b", "a"]
    with pytest.raises(ValueError, match="thing 'a' is registered twice"):
        some.register(Entry("a"))
