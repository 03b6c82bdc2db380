"""The JSON of a checkpoint's own files, within the limit of STRATA_MAX_JSON_MB. Imports no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from probing import files
from probing.json_files import json_object
from probing.settings import Settings

ADVICE = "fetch the checkpoint again"
SETTING = "STRATA_MAX_JSON_MB"


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file of a checkpoint. Raises BadInput, which names the file, where there is none or it is too large."""
    return json_object(path, Settings.read().json_limit_bytes, ADVICE, SETTING)


def refuse_large(name: str, size: int) -> None:
    """Raise BadInput for JSON, or a vocabulary, of more bytes than the limit."""
    files.refuse_large(name, size, Settings.read().json_limit_bytes, f"set {SETTING} higher where you trust it")
