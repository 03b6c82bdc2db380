"""Records without paths: what a checkpoint or a corpus is found by on one machine, as a name that says the same on every other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

LABELS = {"classes", "tags", "columns"}  # keys under which a slash is a label's own
_PATH = re.compile(r"(?<![\w./:@~<-])~?/(?:[^\s/'\",:;()<>]+/)+([^\s/'\",:;()<>]+)/?")


def name_for(spec: str, sign: str) -> str | None:
    """The name that stands for a path in a bundle; `sign` tells it from others that end alike. None for what is no path."""
    return f"bundle:{PurePath(spec).name or 'files'}@{sign[:6]}" if spec.startswith(("/", "~")) else None


class Portable:
    """Replaces the paths of `names` (path → name) wherever they stand, and of any other absolute path all but its last part."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = dict(names)
        either = "|".join(re.escape(path) for path in sorted(names, key=len, reverse=True))
        self._known = re.compile(rf"(?:{either})(?![\w./-]*\w/|[\w-])") if names else None

    def text(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(lambda found: self._names[found[0]], text)
        return _PATH.sub(lambda found: found[1], text)

    def __call__(self, value: Any) -> Any:
        """The same JSON with names for paths; keys too, but for labels of a corpus."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(key): own if key in LABELS else self(own) for key, own in value.items()}
        if isinstance(value, list | tuple):
            return [self(own) for own in value]
        return value

    def holds(self, text: str) -> bool:
        """Whether a known path stands in the text."""
        return self._known is not None and self._known.search(text) is not None
