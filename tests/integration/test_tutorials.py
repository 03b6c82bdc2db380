"""The tutorials as a reader follows them: every block of commands, in order, on small sizes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tiny_checkpoints as tiny

ROOT = Path(__file__).resolve().parents[2]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
SMALLER = {"--max-train": 60, "--max-dev": 30, "--max-test": 30, "--steps": 8}
LEFT = {  # what a reader finds in the folder at the end
    "first-curve": (),
    "your-own-model": ("reviews.tsv",),
    "base-tuned-distilled": ("tuned/delta.safetensors", "student/model.safetensors"),
    "how-easily": (),
    "report": ("report.html", "probe/apply.py", "results.yaml"),
}


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def smaller(block: str) -> str:
    """The same commands on fewer sentences and steps."""
    for option, size in SMALLER.items():
        block = re.sub(rf"{option} \d+", f"{option} {size}", block)
    return re.sub(r"^(strata (?:run|compare) .*)$", r"\1 --max-dev 30 --max-test 30", block, flags=re.MULTILINE)


def test_every_tutorial_is_tried() -> None:
    assert {page.stem for page in TUTORIALS} == LEFT.keys()
    assert all(blocks(page) for page in TUTORIALS)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store for all of them, as one reader has: the checkpoint is checked, and the machine measured, once."""
    return tmp_path_factory.mktemp("tutorials") / "store"


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_the_commands_of_a_tutorial_run(page: Path, tmp_path: Path, shared_store: Path) -> None:
    folder = tmp_path / "reader"
    folder.mkdir()
    tiny.bert(folder / "my-model", positions=300)
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PYTHON": sys.executable,
        "STRATA_STORE": str(shared_store),
        "STRATA_OFFLINE": "1",
        "STRATA_THREADS": "1",
        "RUN": "",
    }
    for block in blocks(page):
        script = f'set -euo pipefail\nstrata() {{ "$PYTHON" -m strata "$@"; }}\n{smaller(block)}'
        done = subprocess.run(
            [shutil.which("bash") or "sh", "-c", script],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        if said := re.findall(r"^run (\w+): ", done.stderr, re.MULTILINE):
            environment["RUN"] = said[-1]  # as the tutorial has its reader do
    assert [name for name in LEFT[page.stem] if not (folder / name).is_file()] == []
