"""The wheel in an environment of its own: what lands there, the command line, a job in a process of its own, and the pages in a browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cache.store import Store
from probing import __version__
from tests.app.serving import serving
from tests.e2e.conftest import still

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0  # seconds for a job or a server


@dataclass(frozen=True)
class Installed:
    """An environment with Strata and nothing of the checkout; its libraries are those of the tests."""

    wheel: Path
    folder: Path  # of the environment
    elsewhere: Path  # the folder that commands are given in

    @property
    def packages(self) -> Path:
        return next(self.folder.glob("lib/python*/site-packages"))

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "STRATA_ROOTS"}}
        return kept | {
            "STRATA_STORE": str(self.elsewhere / "store"),
            "STRATA_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
            "STRATA_THREADS": "1",
        }

    def strata(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.folder / "bin" / "strata"), *arguments]
        return subprocess.run(
            command, cwd=self.elsewhere, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def python(self, program: str) -> str:
        command = [str(self.folder / "bin" / "python"), "-c", program]
        return subprocess.run(
            command, cwd=self.elsewhere, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=True
        ).stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    built, folder, elsewhere = (tmp_path_factory.mktemp(name) for name in ("built", "environment", "elsewhere"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(built), str(ROOT)], check=True, cwd=elsewhere
    )
    (wheel,) = built.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    made = Installed(wheel, folder, elsewhere)
    (made.packages / "libraries-of-the-tests.pth").write_text(sysconfig.get_path("purelib"))
    target = ["--python", str(folder / "bin" / "python")]
    subprocess.run([*pip, *target, "install", "-q", "--no-deps", "--no-index", str(wheel)], check=True, cwd=elsewhere)
    return made


def test_one_name_lands_at_the_top_of_site_packages(installed: Installed) -> None:
    found = {path.name for path in installed.packages.iterdir()} - {"__pycache__"}
    assert {name.split("-")[0] for name in found} == {"strata", "libraries"}
    with zipfile.ZipFile(installed.wheel) as packed:
        names = set(packed.namelist())
    inside = {name.removeprefix("strata/") for name in names if name.startswith("strata/")}
    tops = {"__init__.py", "__main__.py", "app.py", "pages", "probing", "cache", "docs", ".streamlit"}
    assert {name.split("/")[0] for name in inside} == tops
    needed = {".streamlit/config.toml", "docs/glossary.md", "pages/home.py", "probing/corpora/grammar.conllu.gz"}
    assert needed <= inside
    kept = [
        path
        for room in ("app.py", "pages", "probing", "cache")
        for path in [ROOT / room, *(ROOT / room).rglob("*")]
        if path.is_file()
    ]
    left = {path.relative_to(ROOT).as_posix() for path in kept if path.suffix != ".pyc"} - inside
    assert left == set(), "what is data, such as styles and studies, goes along"
    assert not [name for name in inside if "__pycache__" in name or (name.startswith("docs/") and name != "docs/glossary.md")]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_command_is_the_same_program(installed: Installed) -> None:
    helped = installed.strata("--help")
    assert helped.returncode == 0, helped.stderr
    assert helped.stdout.startswith("usage: strata ")
    assert installed.strata("--version").stdout == f"strata {__version__}\n"
    tasks = json.loads(installed.strata("tasks", "--json").stdout)
    assert "upos" in json.dumps(tasks)
    refused = installed.strata("app", "--port", "70000")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "--port is 70000: give a number from 1 to 65535, such as 8501.\n"
    assert Path(installed.python("import strata; print(strata.HOME)").strip()) == installed.packages / "strata"
    code = "import strata, probing, cache.store; print(probing.__file__); print(cache.store.__file__)"
    assert all(line.startswith(str(installed.packages)) for line in installed.python(code).splitlines())


JOB = """
import strata
from cache.store import Store
from probing.execution import queue
from probing.runs import RunSpec, plan
from probing.settings import Settings
asked = {"checkpoints": ("minilm-l6",), "corpus": "grammar", "tasks": ("upos",), "layers": (1,), "baselines": False,
         "max_train": 40, "max_dev": 20, "max_test": 20}
settings = Settings.read()
planned = plan(RunSpec.parse(asked), settings)
print(queue.submit(planned, Store(settings.store)).run)
"""


def test_a_job_is_carried_out_in_a_process_of_its_own(installed: Installed) -> None:
    run = installed.python(JOB).strip()
    store, deadline = Store(installed.elsewhere / "store"), time.monotonic() + PATIENCE
    while (job := store.jobs.get(run)) is None or job.state in {"queued", "running"}:
        assert time.monotonic() < deadline, job
        time.sleep(0.3)
    assert job.state == "done", job.message


def test_the_pages_open_in_a_browser(installed: Installed, page: Page) -> None:
    def command(port: int) -> list[str]:
        return [str(installed.folder / "bin" / "strata"), "app", "--no-browser", "--port", str(port)]

    with serving(installed.elsewhere / "pages-store", command, installed.elsewhere) as address:
        page.goto(f"{address}/checkpoints")
        expect(page.get_by_role("heading", name="Checkpoints", level=1)).to_be_visible()
        still(page)
        page.get_by_role("button", name="Terms").click()
        expect(page.get_by_role("dialog")).to_contain_text("selectivity")
        picked = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stSidebar]')).backgroundColor")
        assert picked == "rgb(243, 245, 248)", "the shipped theme is not used"
