"""Trainings in processes of their own that are killed: in mid-training they go on from their state, in mid-save what was there stays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors import safe_open

from probing.checkpoints import resolve
from probing.commands import lab as lab_command
from probing.tuning.saving import load_product
from probing.tuning.training import Tick
from tests import tiny_checkpoints as tiny
from tests.integration import lab

STEPS = 240  # a second or more, with a state every 24
# What kills a process in mid-save, and which seed's product stands at its name then: the earlier one's, 0, or its own, 1.
MOMENTS = {
    "saving.save_file": 0,  # half of the files are written
    "files.exchange": 0,  # all are, and none stands at its name
    "files.remove": 1,  # the new one stands there, and the old one beside it
}
# Imports once what costs seconds; then each command runs in a process of its own, which kills itself at its moment.
KILLED = """
import json, os, signal, sys
from cache import files
from probing.__main__ import main
from probing.tuning import reading, saving
from transformers import AutoModel, AutoTokenizer, BertModel
for moment, command in json.loads(sys.argv[1]).items():
    room, name = moment.split(".")
    if not (child := os.fork()):
        setattr({"files": files, "saving": saving}[room], name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        os._exit(main(command))
    print(moment, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> lab.Bench:
    return lab.Bench(tmp_path_factory.mktemp("kills"))


def killed_after_a_state(process: subprocess.Popen[str], store: Path) -> int:
    """Kill it as soon as it has kept a state: the step of that state."""
    deadline = time.monotonic() + 120
    while not (found := list(store.glob("scratch/lab-*/state.safetensors"))):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, "no state was kept"
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it had ended before"
    with safe_open(found[0], framework="numpy") as state:
        return int(json.loads(state.metadata()["told"])["step"])


@pytest.mark.parametrize("command", ["finetune", "distill"])
def test_what_was_killed_goes_on_from_its_state_to_the_same_bytes(
    bench: lab.Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    steps: list[int] = []

    class Watch(lab_command.TrainingProgress):
        def __call__(self, tick: Tick) -> None:
            steps.append(tick.step)

    monkeypatch.setattr(lab_command, "TrainingProgress", Watch)

    def asked(store: Path, out: Path) -> list[str]:
        more = ("--store", str(store), "--steps", str(STEPS))
        return bench.finetune(out, *more) if command == "finetune" else bench.distill(out, "--layers", "1", *more)

    step = killed_after_a_state(lab.apart(asked(tmp_path / "store", tmp_path / "killed" / "out")), tmp_path / "store")
    assert not (tmp_path / "killed" / "out").exists()
    assert 0 < step < STEPS
    done = lab.here(asked(tmp_path / "store", tmp_path / "killed" / "out"))
    assert done.status == 0, done.err
    assert steps[0] == step + 1, "it goes on from the state"
    assert not list((tmp_path / "store" / "scratch").iterdir())
    steps.clear()
    assert lab.here(asked(tmp_path / "other", tmp_path / "whole" / "out")).status == 0
    assert steps[0] == 1
    killed, whole = (lab.files_of(tmp_path / name / "out") for name in ("killed", "whole"))
    assert killed.keys() == whole.keys()
    assert [name for name in whole if killed[name] != whole[name]] == []


def test_killed_in_mid_save_a_whole_product_stands_at_its_name(bench: lab.Bench, tmp_path: Path) -> None:
    outs = {moment: tmp_path / moment / "out" for moment in MOMENTS}
    before = {}
    for moment, out in outs.items():
        assert lab.here(bench.finetune(out)).status == 0
        before[moment] = lab.files_of(out)
    commands = {moment: bench.finetune(out, "--seed", "1") for moment, out in outs.items()}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, json.dumps(commands)],
        cwd=lab.ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.splitlines() == [f"{moment} {-signal.SIGKILL}" for moment in MOMENTS], done.stderr
    for moment, seed in MOMENTS.items():
        out = outs[moment]
        assert (lab.files_of(out) == before[moment]) == (seed == 0), moment
        assert load_product(resolve(str(out), bench.store), "cpu", tiny.USUAL)[2]["seed"] == seed, moment
        assert [path.name for path in out.parent.iterdir() if path.name.startswith(".out.")], "what it was writing lies beside"
        assert lab.here(commands[moment]).status == 0
        assert json.loads((out / "strata.json").read_text(encoding="utf-8"))["seed"] == 1
        assert [path.name for path in out.parent.iterdir()] == ["out"], "and goes with the next product"
