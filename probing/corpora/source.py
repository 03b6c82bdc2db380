"""Where a corpus comes from, known by a hash of its bytes before it is parsed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from probing.corpora.sentence import Corpus

CACHED = 2  # parsed corpora a process keeps: a page and the run it starts ask for the same one
_parsed: OrderedDict[str, Corpus] = OrderedDict()
_lock = threading.Lock()  # pages run in threads


@dataclass(frozen=True)
class Source:
    """A corpus that can be loaded. `spec` finds it again; the same bytes have the same `hash` wherever they lie. `told` is what a bundle says of
    one that is not here (described.py)."""

    name: str
    spec: str
    hash: str
    read: Callable[[], Corpus] = field(repr=False, compare=False)
    told: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def load(self) -> Corpus:
        """Parse it, or take it from this process's memory. Raises BadInput with file and line."""
        with _lock:
            found = _parsed.get(self.hash)
        found = found or self.read()
        with _lock:
            _parsed[self.hash] = found
            _parsed.move_to_end(self.hash)
            while len(_parsed) > CACHED:
                _parsed.popitem(last=False)
        return Corpus(self.name, self.hash, found.splits, found.description, found.licence, found.complaints)
