"""Signing in: nothing is shown before, and secrets that cannot be used let nobody in."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config, user_info
from streamlit.config_option import ConfigOption
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest

from cache.store import Store
from pages.shared import frame
from probing import permissions
from probing.errors import BadInput
from probing.permissions import User
from probing.reports import boards
from tests.app.opening import PATIENCE, ROOT, open_page, sound, words

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


def claims(monkeypatch: pytest.MonkeyPatch, **said: object) -> None:
    """The provider says so of who is signed in."""
    monkeypatch.setattr(user_info, "_get_user_info", lambda: {"is_logged_in": True, "iss": "https://id", **said})


def test_an_id_stays_when_a_name_changes_and_administrators_are_named(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.write_text(AUTH)
    claims(monkeypatch, sub="1", name="Ada <b>", email="ada@x.org")
    first = permissions.present()
    assert first is not None
    assert (first.name, first.admin, len(first.id)) == ("Ada <b>", False, 16)
    monkeypatch.setenv("STRATA_ADMINS", "ADA@x.org")
    for verified, admin in ((None, False), (False, False), (True, True)):
        claims(monkeypatch, sub="1", email="ada@x.org", email_verified=verified)
        again = permissions.present()
        assert again is not None
        assert (again.id, again.admin) == (first.id, admin), "an address counts where the provider says that it is theirs"
    monkeypatch.setenv("STRATA_ADMINS", first.id)
    claims(monkeypatch, sub="1")
    assert permissions.present() == User(first.id, first.id, admin=True)
    claims(monkeypatch, sub="1", iss="https://other")
    other = permissions.present()
    assert other is not None
    assert other.id != first.id
    assert not other.admin
    claims(monkeypatch, email="ada@x.org")
    with pytest.raises(BadInput, match="does not say who you are"):
        frame.user()
    monkeypatch.setattr(user_info, "_get_user_info", dict)
    with pytest.raises(BadInput, match="not signed in any more"):
        permissions.present()


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks as if it carried out a job."""
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as process:
        yield process
        process.kill()


def test_pages_do_not_offer_what_is_not_allowed(
    secrets: Path, store: Store, worker: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with permissions.acting(User("aaaa", "Ada")):
        permissions.claim(store.root, "run/r1")
        store.jobs.submit("r1", {}, "a run of hers")
        store.jobs.start("r1", worker.pid)
        boards.create(store, "Hers")
        permissions.claim(store.root, "upload/hers-1234.csv")
    (store.uploads / "hers-1234.csv").write_text("a,b\n")
    secrets.write_text(AUTH)
    claims(monkeypatch, sub="2", name="Bo")
    history = open_page("history")
    assert "Asked by Ada." in words(history)
    assert "live-r1-cancel-sure" not in {button.key for button in history.button}
    assert "live-r1-log" not in {toggle.key for toggle in history.toggle}
    sound(history.button(key="live-r1-join").click().run())
    assert "live-r1-log" in {toggle.key for toggle in history.toggle}
    assert "Asked by you and Ada." in words(history)
    assert "live-r1-cancel-sure" in {button.key for button in history.button}
    sound(history.button(key="live-r1-cancel-sure").click().run())
    assert "Asked by Ada." in words(history)
    assert [job.state for job in store.jobs.live()] == ["running"], "it goes on for her"
    findings = open_page("findings")
    assert "A board of Ada: look, present and export." in words(findings)
    assert {"rename", "delete-board"}.isdisjoint(button.key for button in findings.button)
    kept = open_page("store")
    assert "Administrators of this server verify, evict and remove." in words(kept)
    assert list(kept.dataframe[0].value["name"]) == []
    assert list(history.dataframe[-1].value["type"]) == ["Run"]
    sound(findings.text_input(key="new-board").set_value("Mine").run())
    sound(findings.button(key="make-board").click().run())
    assert {"rename", "delete-board"} <= {button.key for button in findings.button}
    assert [board.name for board in boards.listed(store)[0]] == ["Hers", "Mine"]
    monkeypatch.setenv("STRATA_ADMINS", str(permissions.present().id))  # type: ignore[union-attr]
    history = open_page("history")
    assert "live-r1-cancel-sure" in {button.key for button in history.button}
    assert "Prediction" in list(history.dataframe[-1].value["type"])
