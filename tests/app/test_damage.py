"""A damaged file of the store is one sentence on the page that needs it, and the other pages go on. `make drills` opens all pages for all damages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from probing.execution import queue
from tests import damages
from tests.app.opening import open_page, words


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    root = tmp_path_factory.mktemp("whole") / "store"
    return root, damages.fill(root)


@pytest.fixture
def root(whole: tuple[Path, dict[str, str]], store_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the whole store, in which nothing is ever started."""
    monkeypatch.setattr(queue, "_supervise", lambda *_: None)
    shutil.copytree(whole[0], store_root)
    return store_root


@pytest.mark.parametrize(
    ("damage", "page", "said"),
    [
        ("strata.db: header", "home", "strata.db is damaged: move it away"),
        ("strata.db: header", "layers", ""),
        ("strata.db: header", "new_run", "strata.db is damaged: move it away"),
        ("strata.db: state", "home", "strata.db (state: 'melted'): forget it"),
        ("strata.db: kind of one that waits", "home", "strata.db (kind: 'seance'): forget it"),
        ("strata.db: spec is no JSON", "new_run", "(spec: "),
        ("strata.db: done is text", "home", "(done: 'some'): forget it"),
        ("strata.json: data null", "checkpoints", "strata.json is damaged (data: None)"),
        ("strata.json: a row without metric", "checkpoints", "strata.json is damaged (rows.0.metric"),
        ("rates.json: zero", "new_run", "rates.json is damaged"),
        ("rates.json: a folder", "new_run", "rates.json is damaged"),
        ("run.json: cut", "layers", "No runs yet"),
        ("cell.json: cut", "layers", "is not in the store: run it again"),
    ],
)
def test_damage_is_one_sentence(whole: tuple[Path, dict[str, str]], root: Path, damage: str, page: str, said: str) -> None:
    damages.DAMAGES[damage](root)
    named = {"layers": {"run": whole[1]["run"], "task": "upos", "layer": "3"}, "home": {"run": "waiting"}}.get(page, {})
    app = open_page(page, **named)
    assert said in words(app)
    assert app.title, "the rest of the page is there"


def test_the_other_products_are_listed_beside_a_damaged_one(root: Path) -> None:
    damages.DAMAGES["strata.json: data null"](root)
    app = open_page("checkpoints")
    assert len(app.error) == 1
    assert len(app.dataframe[0].value) == 1


def test_a_job_whose_row_is_damaged_can_be_forgotten(root: Path) -> None:
    damages.DAMAGES["strata.db: state"](root)
    app = open_page("home")
    app.button(key="stopped-stopped-forget").click().run()
    assert "melted" not in words(app)
