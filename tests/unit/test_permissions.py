"""Who may do what on a shared server: the table of docs/operating.md is driven row by row, by its owner, another user, an administrator, and where
nobody signs in; limits of a user; what two people asked; and that no owner leaves in a file."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from cache.errors import StoreError
from cache.owners import Owners
from cache.store import Store
from probing import corpora, permissions
from probing.bundles import example
from probing.bundles.exporting import export
from probing.checkpoints import Checkpoint, products
from probing.corpora import registered
from probing.errors import BadInput
from probing.execution import queue, quota
from probing.permissions import Allowance, User
from probing.records import history
from probing.records.history import Note
from probing.reports import board_document, boards, html
from probing.settings import Settings, inside_roots
from tests.planted import finished

ROOT = Path(__file__).resolve().parents[2]
ADA, BO, CY = User("aaaa", "Ada"), User("bbbb", "Bo"), User("cccc", "Cy", admin=True)
ROLES: dict[str, User | None] = {"its owner": ADA, "another user": BO, "an administrator": CY, "nobody signs in": None}
TEXT = "".join(f"{i}\tgood\n" if i % 2 else f"{i}\tbad\n" for i in range(20)).encode()


class Spec(BaseModel):
    corpus: str = "grammar"


@dataclass(frozen=True)
class Planned:
    """A job that nothing carries out."""

    run: str = "r1"
    spec: Spec = field(default_factory=Spec)
    label: str = "a run"
    device: str = "cpu"
    kind: str = "run"
    reads: ClassVar[tuple[Checkpoint, ...]] = ()

    def answered(self, store: Store) -> bool:
        return store.results.has_run(self.run)


@pytest.fixture
def store(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Ada's job, board, data and product, and a job of hers that was stopped."""
    monkeypatch.setattr(queue, "_supervise", lambda *_: None)
    store = Store(store_root)
    with permissions.acting(ADA):
        queue.submit(Planned(), store)
        queue.submit(Planned("r2"), store)
        store.jobs.cancel("r2")
        boards.create(store, "Ada's board")
        register(store, "mine")
    (store.root / "lab" / "made").mkdir(parents=True)
    (store.root / "lab" / "made" / products.RECORD).write_text("{}")
    permissions.inherit(store.root, queue.thing("r1"), products.thing("lab:made"))
    return store


def register(store: Store, name: str, text: bytes = TEXT) -> None:
    registered.register(store.uploads, name, registered.uploaded([("t.tsv", b"text\tlabel\n" + text)]))


def load(store: Store) -> object:
    return corpora.named("data:mine", Settings.read()).load()


def board(store: Store) -> str:
    return boards.listed(store)[0][0].id


ACTIONS: dict[str, list[Callable[[Store], Any]]] = {
    "see jobs, runs, boards and results": [lambda store: store.jobs.get("r1"), lambda store: boards.listed(store)],
    "give names, tags and notes": [lambda store: history.write(store, ["r1"], Note(name="x"))],
    "start a job, or ask what another asked": [
        lambda store: queue.submit(Planned("r3"), store),
        lambda store: queue.submit(Planned(), store),
    ],
    "make a board, register own data": [lambda store: boards.create(store, "new"), lambda store: register(store, "other")],
    "cancel a job": [lambda store: queue.cancel("r1", store)],
    "resume a job": [lambda store: queue.resume("r2", store)],
    "delete a job or a run": [
        lambda store: history.delete(store, [entry for entry in history.entries(store.jobs.recent(9), []) if entry.id == "r2"]),
        lambda store: queue.forget("r2", store) if store.jobs.get("r2") else None,
    ],
    "change a board": [
        lambda store: boards.change(store, board(store), lambda own: own.renamed("y")),
        lambda store: boards.restore(store, boards.listed(store)[0][0]),
    ],
    "delete a board": [lambda store: boards.remove(store, board(store))],
    "read own data, or start a job on them": [
        load,
        lambda store: (
            inside_roots(str(store.uploads / "mine" / "00"), (store.root,))
            if permissions.present() in (BO, CY, None)
            else load(store)
        ),
        lambda store: queue.submit(Planned("r4", Spec(corpus="data:mine")), store),
        lambda store: store.jobs.submit("r7", {"data": "data:mine"}, "on hers") and queue.join("r7", store),
    ],
    "replace own data": [lambda store: register(store, "mine", TEXT * 2)],
    "forget own data": [lambda store: registered.forget(store.uploads, "mine")],
    "delete a checkpoint of the lab": [lambda store: products.remove("lab:made", store.root)],
    "verify, evict, clear, remove on Store; hide the example study": [lambda store: example.hide(store, True)],
}


def table() -> dict[str, dict[str, str]]:
    """The table of docs/operating.md: by action, then by who."""
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8").split("### Who may do what")[1].split("\n#")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def test_the_table_of_the_docs_has_every_action() -> None:
    assert list(table()) == list(ACTIONS)
    assert all(list(row) == list(ROLES) for row in table().values())
    assert all(row["nobody signs in"] == "yes" == row["an administrator"] for row in table().values())


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", ROLES)
def test_each_action_is_allowed_as_the_table_says(store: Store, action: str, role: str) -> None:
    for act in ACTIONS[action]:
        with permissions.acting(ROLES[role]):
            if table()[action][role] == "yes":
                act(store)
            else:
                with pytest.raises(BadInput, match=r"belongs to Ada: only they|Only an administrator|not read by their path"):
                    act(store)


def test_an_unknown_owner_means_the_server_itself(store: Store) -> None:
    """What the command line asked and registered: all use it, administrators alone change it."""
    queue.submit(Planned("r5"), store)
    register(store, "ours")
    with permissions.acting(BO):
        assert "data:ours" in registered.names(store.uploads)
        corpora.named("data:ours", Settings.read()).load()
        for act in (lambda: queue.cancel("r5", store), lambda: registered.forget(store.uploads, "ours")):
            with pytest.raises(BadInput, match="belongs to this server"):
                act()
    with permissions.acting(CY):
        assert queue.cancel("r5", store)


def test_what_the_server_asked_stays_the_servers(store: Store) -> None:
    queue.submit(Planned("r5"), store)
    register(store, "ours")
    with permissions.acting(BO):
        queue.submit(Planned("r5"), store)
        assert permissions.whose(store.root, "run/r5") == "this server"
    with permissions.acting(CY):
        register(store, "ours", TEXT * 2)
    with permissions.acting(BO):
        corpora.named("data:ours", Settings.read()).load()
        store.jobs.cancel("r5")
        queue.submit(Planned("r5"), store)  # what nobody carries on is asked anew
        assert permissions.whose(store.root, "run/r5") == "you"


@pytest.mark.parametrize("joined", [True, False], ids=["on its panel", "on New run"])
def test_a_job_that_two_asked_goes_on_for_the_other(store: Store, joined: bool) -> None:
    with permissions.acting(BO):
        (queue.join("r1", store) if joined else queue.submit(Planned(), store))
        assert permissions.whose(store.root, "run/r1") == "you and Ada"
        assert not queue.cancel("r1", store)
        assert store.jobs.live()[0].run == "r1"
        with pytest.raises(BadInput, match="This job belongs to Ada"):
            queue.cancel("r1", store)
    with permissions.acting(ADA):
        assert queue.cancel("r1", store)
    assert [job.state for job in store.jobs.recent(9)] == ["cancelled", "cancelled"]


def test_what_two_own_is_deleted_for_one(store: Store) -> None:
    stopped = [entry for entry in history.entries(store.jobs.recent(9), []) if entry.id == "r2"]
    with permissions.acting(BO):
        Owners(store.root).add("run/r2", {BO.id: BO.name})
        assert not history.delete(store, stopped)
    assert store.jobs.get("r2") is not None
    with permissions.acting(ADA):
        assert history.delete(store, stopped)
    assert store.jobs.get("r2") is None


def test_other_users_see_of_data_what_runs_show(store: Store) -> None:
    """The hash that names results, no sentences, whatever this process read before; and not in a menu."""
    kept = corpora.named("data:mine", Settings.read())
    kept.load()
    with permissions.acting(BO):
        assert registered.names(store.uploads) == []
        shown = corpora.named("data:mine", replace(Settings.read(), weightless=True))
        assert (shown.name, shown.hash) == (kept.name, kept.hash)
        with pytest.raises(BadInput, match="mine belongs to Ada"):
            shown.load()


def test_more_jobs_than_one_user_may_have_are_refused(store: Store) -> None:
    few = replace(ADA, allowance=Allowance(jobs=2))
    with permissions.acting(few):
        queue.submit(Planned("r3"), store)
        for ask in (lambda: queue.submit(Planned("r4"), store), lambda: queue.resume("r2", store)):
            with pytest.raises(BadInput, match="2 jobs of yours wait or run, and one user may have 2"):
                ask()
        queue.submit(Planned("r3"), store)  # the same again is no job more
        store.jobs.finish("r3", "done")
        queue.resume("r2", store)
    with permissions.acting(BO):
        queue.submit(Planned("r4"), store)


def test_a_job_that_takes_too_long_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "seconds", lambda _plan, _store: 7200.0)
    patient = replace(BO, allowance=Allowance(job_seconds=3600))
    with permissions.acting(patient), pytest.raises(BadInput, match=r"about 2\.0 hours, and a job of one user may take 1\.0"):
        queue.submit(Planned("r3"), store)
    for user in (replace(CY, allowance=Allowance(job_seconds=3600)), None):
        with permissions.acting(user):
            queue.submit(Planned("r3"), store)


def test_more_data_than_one_user_may_have_is_refused(store: Store) -> None:
    size = sum(path.stat().st_size for path in (store.uploads / "mine").iterdir())
    little = replace(ADA, allowance=Allowance(data_bytes=size + 100))
    with permissions.acting(little):
        with pytest.raises(BadInput, match="one user may have 0"):
            register(store, "more")
        assert not (store.uploads / "more").exists()
        register(store, "mine")  # in its own place
    with permissions.acting(replace(BO, allowance=little.allowance)):
        register(store, "more")


def test_settings_say_who_administers_and_how_much_one_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.read().admins == frozenset()
    for name, value in {"ADMINS": " Cy@x.org, 12ab ", "USER_JOBS": "3", "USER_JOB_HOURS": "0.5", "USER_DATA_MB": "7"}.items():
        monkeypatch.setenv(f"STRATA_{name}", value)
    found = Settings.read()
    assert found.admins == {"cy@x.org", "12ab"}
    assert found.allowance == Allowance(3, 1800.0, 7_000_000)
    monkeypatch.setenv("STRATA_USER_JOBS", "none")
    with pytest.raises(BadInput, match="STRATA_USER_JOBS is 'none'"):
        Settings.read()


def test_a_damaged_list_of_owners_lets_nobody_but_administrators_change_anything(store: Store) -> None:
    (store.root / "owners.json").write_text("{}")
    with permissions.acting(ADA), pytest.raises(StoreError, match=r"owners\.json is damaged"):
        queue.cancel("r1", store)
    with permissions.acting(CY):
        assert queue.cancel("r1", store)


def test_where_nobody_signs_in_nothing_is_written_and_an_old_store_opens(
    store_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store of an earlier release has no list of owners; the app on a machine of one's own makes none."""
    monkeypatch.setattr(queue, "_supervise", lambda *_: None)
    store = Store(store_root)
    queue.submit(Planned(), store)
    boards.create(store, "one")
    register(store, "mine")
    queue.cancel("r1", store)
    queue.forget("r1", store)
    registered.forget(store.uploads, "mine")
    assert not (store.root / "owners.json").exists()
    with permissions.acting(BO):
        assert Owners(store.root).of("run/r1") == {}
        queue.submit(Planned("r6"), store)
    assert Owners(Store(store_root).root).of("run/r6") == {"bbbb": "Bo"}


def test_what_was_removed_has_no_owners_and_names_go_with_the_last_thing(store: Store) -> None:
    with permissions.acting(ADA):
        queue.forget("r2", store)
        boards.remove(store, board(store))
        registered.forget(store.uploads, "mine")
    record = json.loads((store.root / "owners.json").read_text())["record"]
    assert record == {"names": {"aaaa": "Ada"}, "owners": {"product/made": ["aaaa"], "run/r1": ["aaaa"]}}


def test_no_owner_leaves_in_a_bundle_or_an_export(store: Store, tmp_path: Path) -> None:
    owner = User("0123456789abcdef", "Ada Augusta", allowance=Allowance())
    run = finished.fill(store, depths={"known-elsewhere": 2}, tasks=("upos",))
    with permissions.acting(owner):
        permissions.claim(store.root, queue.thing(run))
        kept = boards.create(store, "told")
        export(store, [run], tmp_path / "one.strata", Settings.read())
        page = html.render(board_document.document(kept))
    with zipfile.ZipFile(tmp_path / "one.strata") as archive:
        content = b"".join(archive.read(name) for name in archive.namelist()) + page.encode()
    content += (store.root / "boards" / f"{kept.id}.json").read_bytes()
    assert owner.id in (store.root / "owners.json").read_text()
    assert not re.search(rb"0123456789abcdef|Ada Augusta|owners", content)
