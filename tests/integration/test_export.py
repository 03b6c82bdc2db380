"""Exported probes: the lines that apply them run in a process of their own, with transformers alone, and give the stored predictions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from cache.store import Store
from probing.__main__ import main
from probing.checkpoints import CHECKPOINTS
from probing.records import stored
from probing.reports.portable_probe import PortableProbe
from tests import tiny_checkpoints as tiny

SMALL = ["--max-train", "60", "--max-dev", "30", "--max-test", "30", "--precision", "fp32", "--no-baselines", "--yes"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main([*arguments, "--json"]) == 0, capsys.readouterr().err
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def applied(folder: Path, checkpoint: Path, sentences: list[list[str]]) -> list[list[str]]:
    """What apply.py prints in a process that has nothing of this project on its path."""
    given = "\n".join(map(" ".join, sentences))
    command = [sys.executable, "-I", str(folder / "apply.py"), str(checkpoint)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def expected(store: Store, folder: Path) -> tuple[list[list[str]], list[list[str]]]:
    """The test sentences of the run, and the stored predictions by item, of the probe in the folder."""
    facts = PortableProbe.model_validate_json((folder / "probe.json").read_text())
    record = stored.run(store, facts.run)
    cell = record.cell(facts.checkpoint.name, facts.task, facts.family)
    assert cell is not None
    items = store.results.items(cell)
    items = items[(items["split"] == "test") & (items["layer"] == facts.layer) & (items["seed"].fillna(facts.seed) == facts.seed)]
    table = store.results.sentences(facts.run)
    own = facts.task if (table["task"] == facts.task).any() else ""  # a balanced task has sentences of its own
    table = table[(table["split"] == "test") & (table["task"] == own)]
    forms = {int(row["sentence"]): list(row["forms"]) for row in table.to_dict("records")}
    found: dict[int, dict[int, str]] = {}
    for row in items.to_dict("records"):
        found.setdefault(int(row["sentence"]), {})[int(row["word"])] = str(row["predicted"])
    kept = [
        sentence for sentence, labels in sorted(found.items()) if facts.level == "sentence" or len(labels) == len(forms[sentence])
    ]
    assert len(kept) > 10
    return [forms[one] for one in kept], [[label for _, label in sorted(found[one].items())] for one in kept]


@pytest.mark.parametrize(
    ("task", "probe", "more"),
    [
        ("upos", "linear", []),
        ("upos", "mlp", ["--pooling", "max", "--dimension", "16"]),
        ("sentence_length", "linear", ["--pooling", "first"]),
    ],
)
def test_a_probe_of_the_packaged_checkpoint_gives_the_stored_labels(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], task: str, probe: str, more: list[str]
) -> None:
    asked = [
        "--checkpoint",
        "minilm-l6",
        "--corpus",
        "grammar",
        "--task",
        task,
        "--probe",
        probe,
        "--layers",
        "1,3",
        *SMALL,
        *more,
    ]
    made = str(run(capsys, "run", *asked)["run"])
    out = tmp_path / "probe"
    said = run(capsys, "export", "probe", made, "--out", str(out), "--layer", "3")
    assert (said["checkpoint"], said["task"], said["layer"]) == ("minilm-l6", task, 3)
    sentences, labels = expected(store, out)
    assert applied(out, CHECKPOINTS.get("minilm-l6").folder(store.root), sentences) == labels
    facts = PortableProbe.model_validate_json((out / "probe.json").read_text())
    assert {one.metric for one in facts.scores if one.split == "test"} >= {"accuracy", "loss"}
    assert facts.checkpoint.fingerprint in (out / "README.md").read_text()
    assert load_file(out / "probe.safetensors")["weights_0"].shape[0] == facts.checkpoint.hidden if not more else True


def test_words_of_byte_level_tokenizers_have_the_space_before_them(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tiny.gpt2(tmp_path / "model", positions=300)
    made = str(run(capsys, "run", "--checkpoint", str(model), "--corpus", "grammar", "--task", "upos", *SMALL)["run"])
    run(capsys, "export", "probe", made, "--out", str(tmp_path / "probe"), "--layer", "1")
    sentences, labels = expected(store, tmp_path / "probe")
    assert applied(tmp_path / "probe", model, sentences) == labels


def test_what_cannot_be_exported_is_one_sentence(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tiny.bert(tmp_path / "model", positions=300)
    asked = ["--checkpoint", str(model), "--corpus", "grammar", "--task", "upos", *SMALL, "--submodule", "mlp"]
    made = str(run(capsys, "run", *asked)["run"])
    out = tmp_path / "probe"
    run(capsys, "export", "probe", made, "--out", str(out))
    assert not (out / "apply.py").exists()
    assert "`apply.py` is not here: the probe reads what the mlp part of a layer adds" in (out / "README.md").read_text()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("")
    for arguments, sentence in (
        (["probe", made, "--out", str(tmp_path / "full")], "holds something else"),
        (["probe", made], "needs --out PATH"),
        (["probe", made, "--out", str(out), "--layer", "9"], "keeps no linear probe of layer 9"),
        (["probe", made, "--out", str(out), "--task", "xpos"], "has no task 'xpos'"),
        (["probe", made, "--out", str(out), "--seed", "7"], "has no seed 7: name one with --seed, of 0"),
        (["metrics", made], "needs --to LIBRARY:PROJECT"),
        (["results", made, "--out", str(tmp_path / "r.yaml"), "--format", "eval-results"], "--dataset OWNER/NAME"),
        (["results", "absent", "--out", str(tmp_path / "r.yaml")], "absent"),
    ):
        assert main(["export", *arguments]) == 2
        said = capsys.readouterr()
        assert sentence in said.err
        assert (said.out, said.err.count("\n")) == ("", 1)
    assert run(capsys, "export", "results", made, "--out", str(tmp_path / "r.yaml"))["format"] == "model-index"
    assert (tmp_path / "r.yaml").read_text().startswith("model-index:\n- name: ")
