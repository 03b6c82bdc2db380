"""What the lab says of bad input and a full disk, from the command line: one sentence, exit 2, and the product at --out whole."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from probing.checkpoints import resolve
from probing.tuning import saving, training
from probing.tuning.saving import load_product
from tests import tiny_checkpoints as tiny
from tests.integration import lab


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> lab.Bench:
    return lab.Bench(tmp_path_factory.mktemp("refusals"))


@pytest.fixture(scope="module")
def earlier(bench: lab.Bench) -> Path:
    """A product that is not to be harmed."""
    done = lab.here(bench.finetune(bench.root / "earlier"))
    assert done.status == 0, done.err
    return bench.root / "earlier"


@pytest.fixture
def out(earlier: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(earlier, tmp_path / "out"))


def refused(command: list[str], said: str) -> str:
    """The sentence, which stands alone: neither what would train nor how far it came is told beside it."""
    done = lab.here(command)
    (last,) = done.err.strip().splitlines()
    assert done.status == 2, done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    assert said in last, last
    return last


def unharmed(out: Path, earlier: Path, bench: lab.Bench) -> None:
    assert lab.files_of(out) == lab.files_of(earlier)
    assert load_product(resolve(str(out), bench.store), "cpu", tiny.USUAL)[2]["steps"] == 3
    assert [path.name for path in out.parent.iterdir()] == [out.name], "nothing is left beside it"


def told(bench: lab.Bench, out: Path, **splits: list[tuple[str, str]]) -> tuple[dict[str, Any], str]:
    """What a fine-tuning on other data prints, and what it says on standard error."""
    own = lab.Bench(out.parent / "own")
    for split, rows in splits.items():
        own.write(split, rows)
    done = lab.here(own.finetune(out, "--json"))
    assert done.status == 0, done.err
    return json.loads(done.out), done.err


def test_labels_that_train_lacks_count_as_wrong_and_a_note_says_so(bench: lab.Bench, tmp_path: Path) -> None:
    answer, err = told(bench, tmp_path / "out", test=[("the cat un", "cat"), ("the zebra un", "zebra"), ("un zebra", "zebra")])
    note = "test: 2 sentences have a class that train lacks; there every answer counts as wrong."
    assert note in answer["notes"]
    assert note in err
    (accuracy,) = [row for row in answer["rows"] if (row["split"], row["metric"]) == ("test", "accuracy")]
    assert accuracy["n"] == 3
    assert accuracy["value"] in (0.0, pytest.approx(1 / 3))


def test_a_class_with_one_example_is_noted(bench: lab.Bench, tmp_path: Path) -> None:
    rows = [("the cat un", "cat"), ("the dog un", "dog")] * 6
    answer, err = told(bench, tmp_path / "out", train=[*rows, ("the zebra", "zebra")])
    note = "train: 1 class with one example (zebra): hardly to be learned."
    assert note in answer["notes"]
    assert note in err


def test_bad_arguments_of_finetune(bench: lab.Bench, earlier: Path, out: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    llama = tiny.llama(tmp_path_factory.mktemp("llama") / "llama")
    for more, said in (
        (("--max-train", "41"), "41 train sentences were asked for, and data has 40: ask for at most that many."),
        (("--lr", "1e30", "--steps", "8"), "take a smaller --lr"),
        (("--lr", "nan"), "--lr is nan"),
        (("--max-train", "1"), "--max-train is 1"),
        (("--task", "intent+slots"), "data has no label of words, so this task cannot be trained on it"),
        (("--column", "mood"), "data has no label of sentences named 'mood': it has label."),
        (
            ("--checkpoint", str(llama), "--method", "bitfit"),
            "This llama has 0 biases, so BitFit has nothing to train: take layernorm",
        ),
        (("--checkpoint", str(llama), "--method", "random"), "This llama has 0 biases"),
        (("--checkpoint", str(bench.root / "none")), "is not there"),
    ):
        refused(bench.finetune(out, *more), said)
    unharmed(out, earlier, bench)


def test_teacher_and_student_with_different_tokenizers(
    bench: lab.Bench, earlier: Path, out: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    roberta = tiny.roberta(tmp_path_factory.mktemp("roberta") / "roberta", positions=64)
    last = refused(bench.distill(out, "--student", str(roberta)), "roberta and its teacher model have different tokenizers")
    assert "make one with --layers" in last
    unharmed(out, earlier, bench)


def test_a_distillation_whose_loss_is_no_number(bench: lab.Bench, earlier: Path, out: Path) -> None:
    refused(bench.distill(out, "--layers", "1", "--lr", "1e30", "--steps", "8"), "take a smaller --lr")
    unharmed(out, earlier, bench)


def full(real: Callable[..., Any], of: str) -> Callable[..., Any]:
    """A writer of files to whom the disk is full as soon as a file's name has `of` in it; it leaves the half of it."""

    def write(tensors: Any, path: Path, **more: Any) -> None:
        if of not in str(path):
            return real(tensors, path, **more)
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return write


def test_a_full_disk_in_mid_save_leaves_the_state_to_go_on_from(
    bench: lab.Bench, earlier: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as disk:
        disk.setattr(saving, "save_file", full(saving.save_file, "head"))
        refused(bench.finetune(out, "--seed", "1"), "The disk is full: the checkpoint could not be written; free space")
    unharmed(out, earlier, bench)
    assert list(bench.store.glob("scratch/lab-*/state.safetensors"))
    steps: list[int] = []
    monkeypatch.setattr(training.Training, "_step", lambda *_: steps.append(1))
    assert lab.here(bench.finetune(out, "--seed", "1")).status == 0
    assert steps == [], "nothing is trained again"
    assert json.loads((out / "strata.json").read_text(encoding="utf-8"))["seed"] == 1


def test_a_full_disk_in_mid_state_keeps_the_state_before_it(
    bench: lab.Bench, earlier: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[int] = []
    real = training.save_file

    def third(tensors: Any, path: Path, **more: Any) -> None:
        states.append(1)
        (full(real, "state") if len(states) == 3 else real)(tensors, path, **more)

    monkeypatch.setattr(training, "save_file", third)
    command = bench.finetune(out, "--seed", "2", "--steps", "10")
    refused(command, "The disk is full: the state of the training could not be written; free space")
    unharmed(out, earlier, bench)
    (state,) = bench.store.glob("scratch/lab-*")
    assert [file.name for file in state.iterdir()] == ["state.safetensors"]
    done = lab.here([*command, "--json"])
    assert done.status == 0, done.err
    assert len(states) == 3 + 8, "it went on after the second state"


def test_a_change_whose_parent_is_gone_or_other_now(bench: lab.Bench, earlier: Path, out: Path, tmp_path: Path) -> None:
    parent, child = Path(shutil.copytree(bench.model, tmp_path / "lab" / "parent")), tmp_path / "lab" / "child"
    assert lab.here(bench.finetune(child, "--method", "bitfit", checkpoint=parent)).status == 0
    commands = [
        bench.finetune(out, checkpoint=child),
        bench.distill(out, "--layers", "1", teacher=child),
        ["run", "--checkpoint", str(child), "--corpus", "grammar", "--task", "upos", "--store", str(bench.store)],
    ]
    tiny.bert(parent, seed=5)
    for command in commands:
        refused(command, f"{child} is a change of {parent} as it was, and that checkpoint has other weights now")
    shutil.rmtree(parent)
    for command in commands:
        refused(command, f"{child} is a change of its parent {parent}, which cannot be had")
    shutil.rmtree(tmp_path / "lab")
    unharmed(out, earlier, bench)


def test_where_a_product_may_not_go(bench: lab.Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    refused(bench.finetune(tmp_path), f"{tmp_path} holds files that are no product of fine-tuning: name a new folder for --out.")
    refused(bench.finetune(tmp_path / "thesis.tex"), "is a file: name a new folder")
    refused(bench.finetune(tmp_path / "thesis.tex" / "out"), "cannot be written (Not a directory)")
    refused(bench.finetune(bench.model), "holds model, from which the new checkpoint is made")
    trained: list[int] = []
    monkeypatch.setattr(training.Training, "run", lambda *_: trained.append(1))
    real = os.mkdir

    def read_only(path: Any, *more: Any, **others: Any) -> None:
        if str(path).startswith(str(tmp_path)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        real(path, *more, **others)

    monkeypatch.setattr(os, "mkdir", read_only)
    out = tmp_path / "out"
    refused(bench.finetune(out), f"{out} cannot be written (Permission denied): name a folder for --out where you may write.")
    assert not trained, "it is said before the training"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
