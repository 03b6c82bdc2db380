"""Signing in: nothing is shown before, and secrets that cannot be used let nobody in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.config_option import ConfigOption
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest

from tests.app.opening import PATIENCE, ROOT

AUTH = (ROOT / "deploy" / "secrets.example.toml").read_text()


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file that the server is told to read its secrets from."""
    path = tmp_path / "secrets.toml"
    monkeypatch.setattr(st, "secrets", Secrets())
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(path)])
    yield path
    config.set_option("secrets.files", before, ConfigOption.DEFAULT_DEFINITION)


def opened() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    return app.run()


@pytest.mark.usefixtures("store_root")
@pytest.mark.parametrize(
    "content",
    [None, "", '[other]\nkey = "of another program"\n', "[auth\n", "\udcff"],
    ids=["missing", "empty", "another section", "broken", "no text"],
)
def test_secrets_that_cannot_be_used_let_nobody_in(secrets: Path, content: str | None) -> None:
    if content is not None:
        secrets.write_bytes(content.encode("utf-8", "surrogateescape"))
    app = opened()
    assert not app.exception
    assert app.error[0].value.startswith("The secrets that say who may sign in cannot be used, so nobody is let in")
    assert not app.title
    assert not app.sidebar.button


@pytest.mark.usefixtures("store_root")
def test_nothing_is_shown_before_somebody_signed_in(secrets: Path) -> None:
    secrets.write_text(AUTH)
    app = opened()
    assert not app.exception
    assert [button.label for button in app.button] == ["Sign in"]
    assert [title.value for title in app.title] == ["Strata"]


@pytest.mark.usefixtures("store_root")
def test_without_secrets_nobody_is_asked() -> None:
    app = opened()
    assert not app.exception
    assert [title.value for title in app.title] != ["Strata"]
    assert "Sign in" not in [button.label for button in app.button]
