"""docs/architectures.md and what writes it."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "architectures.md"


@cache
def builder() -> Any:
    """The module docs/build_architectures.py."""
    spec = importlib.util.spec_from_file_location("build_architectures", DOCS / "build_architectures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
