"""Stages: commands of `python -m probing`, each asked once and its answer kept, so that a findings run that was stopped goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Asker:
    """Asks commands and keeps their answers in `folder`; `told` lists the stages in the order asked: name, command, seconds, resumed."""

    folder: Path
    store: Path
    told: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, name: str, *arguments: str) -> dict[str, Any]:
        """The answer to `python -m probing ARGUMENTS`. Exits with the command's own sentence where it fails."""
        path, begun = self.folder / f"{name}.json", self.folder / f"{name}.begun"
        kept = json.loads(path.read_text()) if path.is_file() else {}
        if kept.get("command") != list(arguments):
            self.folder.mkdir(parents=True, exist_ok=True)
            resumed = begun.is_file() and begun.read_text() == json.dumps(arguments)
            begun.write_text(json.dumps(arguments))
            kept = {"command": list(arguments), **self._run(name, arguments), "resumed": resumed}
            part = path.with_suffix(".part")
            part.write_text(json.dumps(kept))
            part.replace(path)
            begun.unlink()
        self.told.append({"name": name} | {key: kept[key] for key in ("command", "seconds", "resumed")})
        return dict(kept["answer"])

    def _run(self, name: str, arguments: tuple[str, ...]) -> dict[str, Any]:
        print(f"{name}: python -m probing {' '.join(arguments)}", file=sys.stderr, flush=True)
        began = time.monotonic()
        environment = os.environ | {"STRATA_STORE": str(self.store)}
        command = [sys.executable, "-m", "probing", *arguments, "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{name} ended with {done.returncode}: its sentence stands above, and what was finished is kept.")
        seconds = time.monotonic() - began
        print(f"{name}: {seconds:.0f} s", file=sys.stderr, flush=True)
        return {"answer": json.loads(done.stdout), "seconds": round(seconds, 1)}
