"""One adapter for three trackers: what each of them is given, and what is said where one is missing or fails."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest

from cache.store import Store
from probing.analysis.rows import known_values
from probing.errors import BadInput
from probing.records import stored
from probing.reports.tracker import named, track
from tests.planted import finished


class Recorder(ModuleType):
    """A tracker that writes down how it is called."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def called(*args: Any, **named: Any) -> Any:
            self.calls.append((name, args, named))
            return contextlib.nullcontext()

        return called

    def of(self, name: str) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        return [(args, named) for called, args, named in self.calls if called == name]


@pytest.fixture(params=["trackio", "wandb", "mlflow"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    made = Recorder(request.param)
    monkeypatch.setitem(sys.modules, request.param, made)
    return made


def test_each_library_gets_every_score_once_by_layer(store: Store, library: Recorder) -> None:
    run = finished.fill(store)
    record, table = stored.run(store, run), store.results.table(run)
    count = track(f"{library.__name__}:my probes", record, table, offline=True)
    mlflow = library.__name__ == "mlflow"
    given = {named["step"]: args[0] for args, named in library.of("log_metrics" if mlflow else "log")}
    assert sum(map(len, given.values())) == count > 100
    assert list(given) == sorted(given), "steps rise: a library may drop what comes later for an earlier one"
    right = known_values(table, "accuracy", "test", "upos", "linear")["minilm-l6", 3]
    assert given[3]["minilm-l6/upos/linear/test/accuracy"] == right.value
    assert any(name.startswith("minilm-l6/feats_Number/") for name in given[3])
    if mlflow:
        assert library.of("set_experiment") == [(("my probes",), {})]
        assert library.of("start_run") == [((), {"run_name": run})]
    else:
        ((_, asked),) = library.of("init")
        assert (asked["project"], asked["name"]) == ("my probes", run)
        assert asked["config"]["strata run"] == run
        assert asked.get("mode") == ("offline" if library.__name__ == "wandb" else None)
        assert len(library.of("finish")) == 1


def test_what_cannot_be_tracked_is_said_in_a_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("trackio", "trackio:", "neptune:probes", ""):
        with pytest.raises(BadInput, match="write LIBRARY:PROJECT, with one of trackio, wandb, mlflow"):
            named(wrong)
    broken = Recorder("wandb")
    monkeypatch.setitem(sys.modules, "wandb", broken)

    def refuse(**_: Any) -> None:
        raise ConnectionError("no server")

    broken.init = refuse  # type: ignore[attr-defined]
    run = finished.fill(store)
    with pytest.raises(
        BadInput, match=r"wandb did not take the scores of .* \(ConnectionError: no server\); the run itself is stored"
    ):
        track("wandb:probes", stored.run(store, run), store.results.table(run))
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(BadInput, match="trackio is not installed"):
        named("trackio:probes")
