"""The command line's contract, on the packaged checkpoint and the embedded corpus."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cache.results import COLUMNS
from cache.store import Store
from probing.records import stored

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--corpus", "grammar", "--max-train", "60", "--max-dev", "30", "--max-test", "30", "--seeds", "2"]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "probing", *arguments]


def strata(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=300)


def run(*arguments: str) -> dict[str, Any]:
    done = strata("run", "--checkpoint", "minilm-l6", *SMALL, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_run_prints_one_object_and_the_second_time_costs_nothing(store_root: Path) -> None:
    first = run("--task", "upos", "sentence_length", "--probe", "linear", "mlp")
    assert set(first) == {"run", "cached", "forward_passes", "seconds", "rows"}
    assert first["cached"] is False
    assert first["forward_passes"] > 0
    assert set(first["seconds"]) == {"extract", "fit", "total"}
    table = pd.DataFrame(first["rows"])
    assert tuple(table.columns) == COLUMNS
    assert set(table["checkpoint"]) == {"minilm-l6", "random:minilm-l6@0"}
    plain = table[(table["setting"] == "{}") & table["seed"].isna()]
    for metric in ("accuracy", "macro_f1", "ece", "loss", "control_accuracy", "selectivity"):
        shown = plain[(plain["metric"] == metric) & (plain["split"] == "test_seen") & (plain["task"] == "upos")]
        assert len(shown) == 2 * 2 * 7, metric
        assert shown[["lower", "upper"]].notna().all().all(), metric
        assert (shown["lower"] <= shown["value"] + 1e-9).all(), metric
        assert (shown["value"] <= shown["upper"] + 1e-9).all(), metric
    assert (plain[plain["metric"] == "loss"]["unit"] == "bits").all()
    second = run("--task", "upos", "sentence_length", "--probe", "linear", "mlp")
    assert second["cached"] is True
    assert second["forward_passes"] == 0
    assert second["rows"] == first["rows"]

    more = run("--task", "deprel")
    assert more["forward_passes"] == 0, "another task reads the vectors that are there"
    store = Store(store_root)
    assert {record.run for record in stored.runs(store)} == {first["run"], more["run"]}
    assert all(job.state == "done" for job in store.jobs.recent(10))


def test_changed_sentences_are_encoded_and_kept(store_root: Path) -> None:
    done = run("--task", "bigram_shift", "--layers", "0,3", "--no-baselines")
    rows = pd.DataFrame(done["rows"])
    scored = rows[(rows["metric"] == "accuracy") & (rows["split"] == "test")]
    assert set(scored["n"]) == {100}, "30 sentences leave too few, so the task reads on"
    assert run("--task", "upos", "--layers", "0,3", "--no-baselines")["forward_passes"] > 0, (
        "what was swapped is another sentence"
    )
    asked = Store(store_root).results.sentences(done["run"])
    asked = asked[(asked["task"] == "bigram_shift") & (asked["split"] == "test")]
    assert asked["id"].str.contains("#shift").sum() == 50


def test_the_real_checkpoint_beats_its_random_twin_and_the_majority(store_root: Path) -> None:
    rows = pd.DataFrame(run("--task", "upos", "--layers", "0,3")["rows"])
    accuracy = rows[(rows["metric"] == "accuracy") & (rows["setting"] == "{}") & (rows["split"] == "test")]
    value = accuracy.set_index(["checkpoint", "layer"])["value"]
    majority = rows[(rows["metric"] == "majority") & (rows["split"] == "test")]["value"].iloc[0]
    assert value["minilm-l6", 3] > value["random:minilm-l6@0", 3] + 0.1
    assert value["minilm-l6", 3] > majority + 0.3


def test_no_baselines_leaves_them_out(store_root: Path) -> None:
    rows = pd.DataFrame(run("--task", "upos", "--layers", "6", "--no-baselines")["rows"])
    assert set(rows["checkpoint"]) == {"minilm-l6"}
    assert set(rows["layer"]) == {6}
    assert not {"control_accuracy", "selectivity", "majority"} & set(rows["metric"])


def test_decodability_has_one_target_and_the_second_time_costs_nothing(store_root: Path) -> None:
    asked = ["--task", "upos", "--layers", "0,3", "--measure", "decodability"]
    table = pd.DataFrame(run(*asked)["rows"])
    plain = table[(table["setting"] == "{}") & table["seed"].isna()]

    def values(metric: str, checkpoint: str = "minilm-l6", split: str = "dev") -> dict[int, float]:
        rows = plain[(plain["metric"] == metric) & (plain["checkpoint"] == checkpoint) & (plain["split"] == split)]
        return dict(zip(rows["layer"], rows["value"], strict=False))

    (target,) = {round(value, 9) for name in ("minilm-l6", "random:minilm-l6@0") for value in values("epsilon", name).values()}
    assert 0 < target < values("v_entropy")[-1]
    assert set(values("sdl")) == set(values("esc")) == {0, 3}
    assert values("compression", split="train")[3] > values("compression", "random:minilm-l6@0", "train")[3] > 1
    assert values("conditional_v_information", split="test_seen").keys() == {3}
    bounds = plain[(plain["metric"] == "esc") & plain["value"].isna()]
    assert (bounds["lower"] > 0).all()
    given = run(*asked, "--epsilon", "0.5")
    assert given["forward_passes"] == 0
    assert given["seconds"]["fit"] == 0
    again = pd.DataFrame(given["rows"])
    assert set(again[again["metric"] == "epsilon"]["value"]) == {0.5}
    assert run(*asked)["cached"] is True


def test_trees_have_their_rows_at_every_layer_and_the_second_time_costs_nothing(store_root: Path) -> None:
    asked = ["--task", "trees", "--probe", "structural", "topological", "--rank", "16", "4", "--layers", "0,3"]
    first = run(*asked)
    table = pd.DataFrame(first["rows"])
    plain = table[(table["setting"] == "{}") & table["seed"].isna() & (table["split"] == "test")]
    named = {"structural": "uuas dspr root_accuracy nspr", "topological": "sp ssp essp ssp_lower sp_sorted essp_upper place"}
    for probe, names in named.items():
        for metric in names.split():
            shown = plain[(plain["metric"] == metric) & (plain["probe"] == probe)]
            assert sorted(shown["layer"]) == [0, 0, 3, 3], metric
            assert ((shown["lower"] <= shown["value"]) & (shown["value"] <= shown["upper"])).all(), metric
    value = plain.set_index(["checkpoint", "metric", "layer"])["value"]
    assert value["minilm-l6", "uuas", 3] > value["random:minilm-l6@0", "uuas", 3]
    sp = [value["minilm-l6", name, 3] for name in ("ssp_lower", "sp_sorted", "sp", "essp_upper")]
    assert sp == sorted(sp)
    baselines = {(row["metric"], row["setting"]) for row in first["rows"] if row["layer"] == -1}
    chain = {(name, '{"baseline":"chain"}') for name in named["structural"].split()}
    assert baselines == chain | {("sp", '{"baseline":"constant"}')}
    again = run(*asked)
    assert again["cached"] is True
    assert again["rows"] == first["rows"]


# A process that imports once what costs seconds. Each child then carries the run out, and kills itself in place of its nth shard or cell.
KILLED = """
import json, os, signal, sys
import torch, transformers
from cache import activations
from cache.results import Results
from probing.__main__ import main
from probing.execution import engine
places = {"shard": (activations, "save_file"), "cell": (Results, "save_cell")}
for moment, count in json.loads(sys.argv[1]):
    if not (child := os.fork()):
        room, name = places[moment]
        def stop(*arguments, real=getattr(room, name), calls=[], **more):
            calls.append(0)
            return real(*arguments, **more) if len(calls) < count else os.kill(os.getpid(), signal.SIGKILL)
        setattr(room, name, stop)
        os._exit(main(json.loads(sys.argv[2])))
    print(moment, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    sys.stdin.readline()
"""
KILLS = (("shard", 1), ("cell", 2), ("shard", 1), ("cell", 2))
# (shards, cells) that are stored after each: both cells of the checkpoint come before the shard of its random baseline.
KEPT = ((0, 0), (1, 1), (1, 2), (2, 3))


def test_killed_anywhere_a_run_resumes_to_the_same_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = ["--task", "upos", "sentence_length", "--layers", "0,3"]
    monkeypatch.setenv("STRATA_STORE", str(tmp_path / "calm"))
    calm = run(*ask)
    monkeypatch.setenv("STRATA_STORE", str(tmp_path / "stormy"))
    arguments = command("run", "--checkpoint", "minilm-l6", *SMALL, *ask, "--json")[3:]
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED, json.dumps(KILLS), json.dumps(arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert killed.stdin is not None
    assert killed.stdout is not None
    shards: dict[str, int] = {}
    for (moment, _), kept in zip(KILLS, KEPT, strict=True):
        assert killed.stdout.readline().split() == [moment, str(-signal.SIGKILL)]
        # What was encoded stays the very same files: a shard made again would have another inode.
        found = {path.name: path.stat().st_ino for path in tmp_path.glob("stormy/activations/*/*.safetensors")}
        assert shards.items() <= found.items()
        shards = found
        assert (len(shards), len(list(tmp_path.glob("stormy/cells/*")))) == kept, "it goes on where it was killed"
        assert Store(tmp_path / "stormy").results.runs() == []
        killed.stdin.write("\n")
        killed.stdin.flush()
    killed.communicate()
    resumed = run(*ask)
    assert resumed["run"] == calm["run"]
    assert resumed["rows"] == calm["rows"]


def test_two_processes_on_one_store_share_the_work(store_root: Path) -> None:
    ask = command("run", "--checkpoint", "minilm-l6", *SMALL, "--task", "upos", "--layers", "2", "--json")
    both = [subprocess.Popen(ask, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    answers = []
    for process in both:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        answers.append(json.loads(out))
    assert answers[0]["rows"] == answers[1]["rows"]
    assert sorted(answer["cached"] for answer in answers) == [False, True]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--checkpoint", "minilm-l6", "--corpus", "grammar", "--task", "uposs"], "uposs"),
        (["run", "--checkpoint", "nobody/nothing", "--corpus", "grammar", "--task", "upos"], "nobody/nothing"),
        (["run", "--checkpoint", "minilm-l6", "--corpus", "missing.conllu", "--task", "upos"], "missing.conllu"),
        (["run", "--checkpoint", "minilm-l6", "--corpus", "grammar", "--task", "upos", "--layers", "99"], "99"),
        (["run", "--checkpoint", "minilm-l6", "--corpus", "grammar", "--task", "upos", "--layers", "two"], "two"),
        (["run", "--checkpoint", "minilm-l6", "--corpus", "grammar"], "--task"),
        (["run", "--checkpoint", "random:minilm-l6@x", "--corpus", "grammar", "--task", "upos"], "random:"),
        (["unknown"], "unknown"),
        (["store", "shred"], "shred"),
        (["checkpoints", "--check"], "needs a CKPT"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    store_root: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    done = strata(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("listed", ["checkpoints", "corpora", "tasks", "probes", "measures", "methods"])
def test_the_lists_come_from_the_registries(listed: str) -> None:
    done = strata(listed, "--json")
    assert done.returncode == 0, done.stderr
    entries = json.loads(done.stdout)[listed]
    expected = {
        "checkpoints": "minilm-l6",
        "corpora": "grammar",
        "tasks": "upos",
        "probes": "mlp",
        "measures": "selectivity",
    }
    if listed in expected:
        assert expected[listed] in [entry["name"] for entry in entries]
        assert all(all(entry.values()) for entry in entries), "a card has an empty field"


def test_a_checkpoint_is_checked_once_and_told(store_root: Path) -> None:
    told = json.loads(strata("checkpoints", "minilm-l6", "--check", "--json").stdout)
    assert told["ok"]
    assert (told["states"], told["company"], told["causal"], told["precision"]) == ("given", "padded", False, "fp32")
    assert {one["name"]: one["outcome"] for one in told["findings"]} == dict.fromkeys(
        ("layers", "repetition", "padding", "attention", "tokenizer"), "ok"
    )
    assert all(one["meaning"] for one in told["findings"])
    again = strata("checkpoints", "minilm-l6", "--check")
    assert (again.returncode, again.stderr) == (0, "")
    assert "Layer 0 is what enters the first block" in again.stdout
    assert (store_root / "checks" / f"{told['fingerprint']}.json").is_file()
    facts = json.loads(strata("checkpoints", "minilm-l6", "--json").stdout)
    assert (facts["layers"], facts["hidden"], facts["fingerprint"]) == (6, 384, told["fingerprint"])


def test_store_lists_verifies_and_evicts(store_root: Path) -> None:
    run("--task", "upos", "--layers", "1")
    listed = json.loads(strata("store", "ls", "--json").stdout)
    assert {"activations", "cell", "run"} <= {entry["kind"] for entry in listed["entries"]}
    assert json.loads(strata("store", "verify", "--json").stdout)["problems"] == []
    freed = json.loads(strata("store", "evict", "--limit-gb", "0.000001", "--json").stdout)
    assert freed["freed"] > 0
    assert strata("store", "evict", "--all").returncode == 0
    assert stored.runs(Store(store_root)) == []
    assert run("--task", "upos", "--layers", "1")["forward_passes"] > 0
