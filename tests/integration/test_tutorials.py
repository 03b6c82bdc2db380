"""The tutorials as a reader follows them: every block of commands, in order, on small sizes."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from probing.__main__ import main
from tests import tiny_checkpoints as tiny

ROOT = Path(__file__).resolve().parents[2]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
REAL = "first-curve"  # the one that is tried on the packaged checkpoint; the others are on one of two layers
SMALLER = {
    r"--max-train \d+": "--max-train 60",
    r"--max-(dev|test) \d+": r"--max-\1 30",
    r"--steps \d+": "--steps 8",
    r"--layers 0,3,6": "--layers 0,1,2",
    r"--layers 3\b": "--layers 1",
    r"--layer 3\b": "--layer 1",
}
LEFT = {  # what a reader finds in the folder at the end
    "first-curve": (),
    "your-own-model": ("reviews.tsv",),
    "base-tuned-distilled": ("tuned/delta.safetensors", "student/model.safetensors"),
    "how-easily": (),
    "report": ("report.html", "probe/apply.py", "results.yaml"),
}


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def smaller(command: str, page: str) -> str:
    """The same command on fewer sentences, steps and layers."""
    for said, less in SMALLER.items():
        command = re.sub(said, less, command)
    if re.match("strata (run|compare) ", command):
        command += " --max-dev 30 --max-test 30"
    return command if page == REAL else command.replace("minilm-l6", "my-model")


def test_every_tutorial_is_tried() -> None:
    assert {page.stem for page in TUTORIALS} == LEFT.keys()
    assert all(blocks(page) for page in TUTORIALS)


@pytest.mark.usefixtures("store_root")
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_the_commands_of_a_tutorial_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "reader"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("STRATA_OFFLINE", "1")
    tiny.bert(folder / "my-model", positions=300)
    run = ""
    for block in blocks(page):
        if not block.startswith("strata "):  # of the shell's own commands, such as writing a file
            subprocess.run(["bash", "-euo", "pipefail", "-c", block], check=True, timeout=60)
            continue
        for command in block.strip().splitlines():
            program, *arguments = shlex.split(smaller(command, page.stem).replace("$RUN", run))
            assert program == "strata"
            assert main(arguments) == 0, f"{command}: {capsys.readouterr().err}"
            if said := re.findall(r"^run (\w+): ", capsys.readouterr().err, re.MULTILINE):
                run = said[-1]  # as the tutorial has its reader do
    assert [name for name in LEFT[page.stem] if not (folder / name).is_file()] == []
