"""A hub of our own on 127.0.0.1 that speaks as much of the protocol as fetching a snapshot takes."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from cache.store import Store
from probing.checkpoints import load, resolve
from probing.errors import BadInput
from probing.extraction import extract
from tests import tiny_checkpoints as tiny

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Serves folders as repositories; `asked` keeps the files that were downloaded."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories: dict[str, Path] = {}
        self.gated: set[str] = set()
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        parts = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
        api = parts[:2] == ["api", "models"]
        parts = parts[2:] if api else parts
        name = "/".join(parts[:2])
        if name in self.server.gated:
            return self._send(403, b"{}", {"X-Error-Code": "GatedRepo"}, body)
        if name not in self.server.repositories:
            return self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body)
        folder = self.server.repositories[name]
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        if api and "tree" in parts:
            listed = [
                {
                    "type": "file",
                    "path": path.relative_to(folder).as_posix(),
                    "size": path.stat().st_size,
                    "oid": _etag(path),
                }
                for path in files
            ]
            return self._send(200, json.dumps(listed).encode(), {"Content-Type": "application/json"}, body)
        if api:
            listed = [{"rfilename": path.relative_to(folder).as_posix()} for path in files]
            facts = {"id": name, "sha": COMMIT, "siblings": listed, "private": False, "gated": False, "tags": []}
            return self._send(200, json.dumps(facts).encode(), {"Content-Type": "application/json"}, body)
        path = folder / "/".join(parts[4:])  # org/name/resolve/REVISION/FILE
        if not path.is_file():
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound"}, body)
        if body:
            self.server.asked.append(path.name)
        return self._send(200, path.read_bytes(), {"ETag": f'"{_etag(path)}"', "X-Repo-Commit": COMMIT}, body)

    def _send(self, status: int, content: bytes, headers: dict[str, str], body: bool) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)


def _etag(path: Path) -> str:
    return hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    from huggingface_hub import constants

    server = Hub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_hub_id_is_fetched_once_and_read_offline_afterwards(hub: Hub, tmp_path: Path) -> None:
    folder = tiny.bert(tmp_path / "served")
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    (folder / "pytorch_model.bin").write_bytes(b"never fetched")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.safetensors").write_bytes(b"never fetched either")
    hub.repositories["someone/tiny-bert"] = folder
    root = tmp_path / "store"
    found = resolve("someone/tiny-bert", root, offline=False)
    assert (found.name, found.spec, found.kind, found.facts.licence) == (
        "someone/tiny-bert",
        "someone/tiny-bert",
        "hub",
        "mit",
    )
    assert sorted(set(hub.asked)) == [
        "README.md",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert found.fingerprint == resolve(str(folder), root).fingerprint
    assert load(found)[1].backend_tokenizer.encode("the").tokens[:3] == ["[CLS]", "the", "[SEP]"]
    assert extract(found, [("the", "cats")], Store(root), precision="fp32").encoded == 1
    hub.asked.clear()
    assert resolve("someone/tiny-bert", root, offline=True) == found
    # The host going away does no harm to what is here.
    hub.repositories.clear()
    assert resolve("random:someone/tiny-bert@1", root, offline=True).kind == "random"
    assert hub.asked == []


def test_what_the_hub_cannot_give_is_one_sentence(hub: Hub, tmp_path: Path) -> None:
    pickled = tiny.gpt2(tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    hub.repositories["someone/pickled"] = pickled
    hub.repositories["someone/gated"] = pickled
    hub.gated.add("someone/gated")
    for name, offline, message in [
        ("someone/pickled", False, "no safetensors weights"),
        ("someone/absent", False, "not on the hub"),
        ("someone/gated", False, "is gated"),
        ("someone/never-fetched", True, "offline is set"),
    ]:
        with pytest.raises(BadInput, match=message) as caught:
            resolve(name, None, offline=offline)
        assert "\n" not in str(caught.value)
    assert "pytorch_model.bin" not in hub.asked


@pytest.mark.usefixtures("hub")
def test_a_hub_that_does_not_answer_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(BadInput, match=r"cannot be reached|could not be fetched"):
        resolve("someone/tiny-bert", None, offline=False)


def test_offline_is_read_from_the_settings(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.repositories["someone/tiny-bert"] = tiny.bert(tmp_path / "served")
    monkeypatch.setenv("STRATA_OFFLINE", "1")
    with pytest.raises(BadInput, match="offline is set"):
        resolve("someone/tiny-bert", None)
    assert hub.asked == []
