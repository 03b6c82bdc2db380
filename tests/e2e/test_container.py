"""The container without a builder: the steps of the Dockerfile, read from it and carried out here as far as they need no network."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.app.serving import serving
from tests.e2e.conftest import still

ROOT = Path(__file__).resolve().parents[2]


class Step(NamedTuple):
    """An instruction of the Dockerfile, and the stage that it stands in."""

    stage: str
    name: str
    said: str


def steps() -> list[Step]:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", " ")
    found, stage = [], ""
    for line in filter(None, map(str.strip, text.splitlines())):
        name, said = line.split(maxsplit=1)
        if name == "FROM":
            stage = said.split(" AS ")[1]
        found.append(Step(stage, name, said))
    return found


def of(name: str, *stages: str) -> list[str]:
    return [step.said for step in steps() if step.name == name and step.stage in stages]


@pytest.fixture
def environment() -> dict[str, str]:
    """What the containers of both targets are told."""
    said = [pair.split("=", 1) for line in of("ENV", "program") for pair in shlex.split(line)]
    return dict(said)


def test_the_wheel_is_made_from_what_is_copied_and_from_nothing_else(tmp_path: Path) -> None:
    ignored = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for said in of("COPY", "wheel"):
        *sources, target = said.split()
        for source in sources:
            assert any(fnmatch.fnmatch(source, kept) for kept in ignored), f".dockerignore keeps {source} from the builder"
            place = tmp_path / "source" / target / (source.split("/")[-1] if target.endswith("/") else "")
            place.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, place)
    (said,) = of("RUN", "wheel")
    program, *rest = shlex.split(said.replace("/wheel", str(tmp_path / "wheel")))
    assert program == "python"
    subprocess.run([sys.executable, *rest, "--no-build-isolation"], check=True, cwd=tmp_path / "source")
    (wheel,) = (tmp_path / "wheel").glob("*.whl")
    assert wheel.stat().st_size > 1_000_000


def test_libraries_are_those_of_the_requirements_and_torch_comes_last() -> None:
    named = (ROOT / "requirements.txt").read_text().splitlines()
    (torch,) = (line.split("#")[0].strip() for line in named if line.startswith("torch=="))
    first = next(said for said in of("RUN", "program") if "/libraries.txt" in said).split(">")[0]
    shell = {"text": True, "capture_output": True, "check": True}
    kept = subprocess.run(["sh", "-c", first.replace("/requirements.txt", str(ROOT / "requirements.txt"))], **shell).stdout
    assert kept.splitlines() == [line for line in named if not line.startswith("torch")]
    for target in ("cpu", "cuda"):
        (said,) = of("RUN", target)
        asked = re.sub("^python -m pip install", "echo", said).replace("/requirements.txt", str(ROOT / "requirements.txt"))
        assert subprocess.run(["sh", "-c", asked], **shell).stdout.split() == [torch]
        if target == "cpu":
            assert subprocess.run(["sh", "-c", f"TORCH_INDEX=there; {asked}"], **shell).stdout.split() == [
                "--index-url",
                "there",
                torch,
            ]


def test_both_targets_run_as_a_user_of_their_own_over_a_volume(environment: dict[str, str]) -> None:
    assert [step.stage for step in steps() if step.name == "FROM"][-1] == "cpu", "the default target of a hosted space"
    for target in ("cuda", "cpu"):
        assert of("FROM", target) == [f"program AS {target}"]
        assert of("USER", target)[-1] == "strata"
    (made,) = (said for said in of("RUN", "program") if "useradd" in said)
    assert "--uid 1000 strata" in made
    (volume,) = of("VOLUME", "program")
    assert f"--owner=strata --group=strata {volume}" in made
    assert all(environment[name].startswith(f"{volume}/") for name in ("STRATA_STORE", "HF_HOME"))
    assert of("EXPOSE", "program") == [environment["STREAMLIT_SERVER_PORT"]]
    head = (ROOT / "deploy" / "space" / "README.md").read_text().split("---\n")[1]
    assert str(yaml.safe_load(head)["app_port"]) == environment["STREAMLIT_SERVER_PORT"]


def test_compose_names_what_there_is(environment: dict[str, str]) -> None:
    folder = ROOT / "deploy"
    said = yaml.safe_load((folder / "compose.yaml").read_text())
    app, proxy = said["services"]["app"], said["services"]["proxy"]
    assert (folder / app["build"]["context"]).resolve() == ROOT
    assert app["build"]["target"] == "${STRATA_TARGET:-cpu}"
    assert app["volumes"] == [f"store:{of('VOLUME', 'program')[0]}"]
    (secret,) = app["secrets"]
    assert secret["source"] in said["secrets"]
    assert app["environment"]["STREAMLIT_SECRETS_FILES"] == f"/run/secrets/{secret['target']}"
    assert secret["target"].endswith(".toml")
    assert "ports" not in app, "only the proxy is reached from elsewhere"
    for mount in proxy["volumes"]:
        source = mount.split(":")[0]
        assert source in said["volumes"] or (folder / source).is_file()
    assert f"reverse_proxy app:{environment['STREAMLIT_SERVER_PORT']}" in (folder / "Caddyfile").read_text()
    assert said["secrets"]["strata"]["file"] == "./secrets.toml"
    assert "/deploy/secrets.toml" in (ROOT / ".gitignore").read_text().splitlines()
    keys = tomllib.loads((folder / "secrets.example.toml").read_text())["auth"].keys()
    assert keys == {"redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url"}


def test_the_command_starts_answers_its_health_check_and_asks_who_is_there(
    environment: dict[str, str], tmp_path: Path, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, *arguments = json.loads(of("CMD", "program")[0])
    assert program == "strata"
    health = json.loads(of("HEALTHCHECK", "program")[0].split("CMD ")[1])
    assert health[0] == "python"
    secrets = shutil.copy(ROOT / "deploy" / "secrets.example.toml", tmp_path / "strata.toml")
    told = environment | {
        "STREAMLIT_SECRETS_FILES": str(secrets),
        "STREAMLIT_SERVER_ALLOWED_HOSTS": "strata.example.org 127.0.0.1",
    }
    for name in ("STRATA_STORE", "HF_HOME", "STREAMLIT_SERVER_PORT"):
        told.pop(name)
    told["STREAMLIT_SERVER_ADDRESS"] = "127.0.0.1"  # a test listens to nobody else
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    def command(port: int) -> list[str]:
        monkeypatch.setenv("STREAMLIT_SERVER_PORT", str(port))
        dead = subprocess.run([sys.executable, *health[1:]], env=os.environ, capture_output=True, check=False)
        assert dead.returncode != 0, "nothing listens yet"
        return [sys.executable, "-m", "strata", *arguments]

    with serving(tmp_path / "store", command) as address:
        subprocess.run([sys.executable, *health[1:]], env=os.environ, check=True)
        page.goto(f"{address}/store")
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        still(page)
        assert page.get_by_role("link", name="History").count() == 0
        assert "stored" not in page.inner_text("[data-testid=stMain]")
