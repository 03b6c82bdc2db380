"""Several devices: the same vectors, divided work, errors in one sentence, and no process left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cache.errors import StoreError
from cache.store import Store
from probing.checkpoints import Checkpoint, resolve
from probing.errors import BadInput
from probing.extraction import batches, collection, devices, extract
from tests import tiny_checkpoints as tiny

WORDS = ["the", "cat", "dog", "cats", "dogs", "unbelievable", "a", "on", "he", "said", ",", "."]
TEXT = [(first, second, third) for first in WORDS for second in WORDS[:5] for third in WORDS[:2]]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return resolve(str(tiny.bert(tmp_path_factory.mktemp("bert"))), None, offline=True)


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of 60 sub-words, one of which is worth a process."""
    monkeypatch.setattr(batches, "SHARD_BYTES", 60 * 2 * 3 * 16)
    monkeypatch.setattr(devices, "SHARDS", 1)


def stored_files(store: Store, checkpoint: Checkpoint) -> dict[str, bytes]:
    folder = collection(store, checkpoint, "mean", "fp32").folder
    return {path.name: path.read_bytes() for path in folder.glob("*.safetensors")}


@pytest.mark.usefixtures("small_shards")
def test_two_devices_store_what_one_stores(checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cache.activations import Collection

    one, two = Store(tmp_path / "one"), Store(tmp_path / "two")
    alone = extract(checkpoint, TEXT, one, precision="fp32", token_budget=40)
    write, mine, told = Collection.write_shard, [], []
    monkeypatch.setattr(Collection, "write_shard", lambda *shard, **more: mine.append(1) or write(*shard, **more))
    report = extract(
        checkpoint,
        TEXT,
        two,
        precision="fp32",
        token_budget=40,
        device="cpu,cpu",
        progress=lambda stage, done, total: told.append((done, total)) if stage == "reading" else None,
    )
    expected = stored_files(one, checkpoint)
    assert stored_files(two, checkpoint) == expected, "to the last bit, and cut in the same shards"
    assert len(mine) == -(-len(expected) // 2), "every other shard was made elsewhere"
    assert (report.encoded, report.tokens, report.forward_passes) == (len(TEXT), alone.tokens, alone.forward_passes)
    assert report.padding_efficiency == alone.padding_efficiency
    assert told == sorted(told)
    assert told[-1] == (alone.tokens, alone.tokens)


def test_a_text_that_is_soon_read_starts_no_process(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "_Helper", None)
    assert extract(checkpoint, TEXT, Store(tmp_path), precision="fp32", device="cpu,cpu,cpu").encoded == len(TEXT)


@pytest.mark.usefixtures("small_shards")
def test_an_error_elsewhere_is_one_sentence_and_what_was_finished_stays(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["probing.extraction.extract"], "_help", _fails)
    store = Store(tmp_path)
    with pytest.raises(BadInput, match="cpu is on fire"):
        extract(checkpoint, TEXT, store, precision="fp32", token_budget=40, device="cpu,cpu")
    kept = stored_files(store, checkpoint)
    assert kept
    monkeypatch.undo()
    report = extract(checkpoint, TEXT, store, precision="fp32", token_budget=40)
    assert 0 < report.encoded < len(TEXT)
    assert kept.items() <= stored_files(store, checkpoint).items()


def _fails(_setup: Any, device: str, share: Callable[[], Any], _tell: object) -> None:
    share()
    raise BadInput(f"The {device} is on fire: call somebody.")


def _breaks(setup: str, device: str, share: Callable[[], Any], _tell: object) -> None:
    share()
    if setup == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    raise {"store": StoreError("The disk is full."), "memory": MemoryError(), "defect": ZeroDivisionError("7 / 0")}[setup]


@pytest.mark.parametrize(
    ("how", "kind", "said"),
    [
        ("store", StoreError, r"^The disk is full\.$"),
        ("memory", MemoryError, ""),
        ("defect", RuntimeError, r"^ZeroDivisionError on cpu: 7 / 0$"),
        ("killed", BadInput, r"encodes on cpu was ended from outside \(status -9;"),
    ],
)
def test_what_a_helper_raises_comes_to_who_asked(how: str, kind: type[Exception], said: str) -> None:
    with devices.Helpers(_breaks, how, ["cpu"]) as helpers:
        helpers.divide([b"x" * (1 << 20)])
        with pytest.raises(kind, match=said or None):
            helpers.results(lambda _done: None)


def _sleeps(folder: str, device: str, share: Callable[[], Any], tell: Callable[[int], None]) -> None:
    (Path(folder) / f"{device} {os.getpid()}").touch()
    tell(share())
    threading.Event().wait()


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.is_file() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z"  # waits for somebody to read its status


def awaited(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come within a minute"
        time.sleep(0.02)
    return found


def test_an_error_here_ends_the_helpers(tmp_path: Path) -> None:
    def fail() -> None:
        with devices.Helpers(_sleeps, str(tmp_path), ["cpu", "other"]) as helpers:
            helpers.divide([3, 4])
            awaited(lambda: helpers.done() == 7)
            raise BadInput("no")

    with pytest.raises(BadInput, match="no"):
        fail()
    processes = [int(path.name.split()[1]) for path in tmp_path.iterdir()]
    assert len(processes) == 2
    assert all(map(ended, processes))


def test_a_killed_parent_leaves_no_helper_behind(tmp_path: Path) -> None:
    (tmp_path / "seen").mkdir()
    script = tmp_path / "parent.py"
    script.write_text(
        "import time\nfrom probing.extraction.devices import Helpers\n"
        "def work(folder, device, share, tell):\n"
        "    import os, pathlib\n"
        "    (pathlib.Path(folder) / str(os.getpid())).touch()\n"
        "    time.sleep(600)\n"
        "if __name__ == '__main__':\n"
        f"    with Helpers(work, {str(tmp_path / 'seen')!r}, ['cpu', 'cpu']):\n"
        "        time.sleep(600)\n"
    )
    root = Path(__file__).resolve().parents[3]
    parent = subprocess.Popen([sys.executable, str(script)], env=os.environ | {"PYTHONPATH": str(root)})
    try:
        awaited(lambda: len(list((tmp_path / "seen").iterdir())) == 2)
        parent.send_signal(signal.SIGKILL)
    finally:
        parent.kill()
        parent.wait()
    for path in (tmp_path / "seen").iterdir():
        awaited(lambda pid=int(path.name): ended(pid))
