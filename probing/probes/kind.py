"""What sort of answer a probe family gives, which decides the cell that carries it out."""

from __future__ import annotations

from typing import Literal

Kind = Literal["labels", "numbers", "conditional", "trees", "edges"]
