"""An address of earlier releases, in no menu: what the page Effort was called."""

from __future__ import annotations

from pages.shared import frame

frame.through_app()
frame.lead("pages/effort.py")
