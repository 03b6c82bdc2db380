"""This program as it is installed: where it lies, what it is called, and which version it is."""

from __future__ import annotations

from pathlib import Path

from probing import __version__

HOME = Path(__file__).resolve().parents[1]  # what holds app.py, pages/, probing/ and cache/
INSTALLED = (HOME / "__init__.py").is_file()  # as the package `strata`; a checkout has none at its top
PROGRAM = "strata" if INSTALLED else "python -m probing"  # what a user types
VERSION = __version__
SOFTWARE = f"Strata {VERSION}"  # what made a file
