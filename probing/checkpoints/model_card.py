"""The head of a model card: what README.md says between its first two lines of three dashes. Imports no torch."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from probing.errors import BadInput
from probing.files import read_bytes

READ = ("license", "base_model")
LARGEST = 16 << 20  # bytes of a README.md; a larger one is not opened
LONGEST_HEAD = 2 << 20  # characters of its head: those with thousands of benchmark results have half of that


def front_matter(readme: Path) -> dict[str, str]:
    """The entries READ of the head, of a list its first; without those that are missing or null, and empty where it cannot be read.

    A card is decoration: whatever is wrong with it costs what it would have told. The events of the YAML parser are read, and no objects are
    made of them, so dates, numbers, deep nesting and references that multiply cannot do harm.
    """
    import yaml

    with contextlib.suppress(BadInput, UnicodeDecodeError, yaml.YAMLError):
        text = read_bytes(readme, LARGEST, "replace it").decode("utf-8-sig")
        match = re.match(r"---\r?\n(.*?)\r?\n---", text, re.DOTALL)
        if match and len(match[1]) <= LONGEST_HEAD:
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            return dict(_entries(yaml.parse(match[1], Loader=loader)))
    return {}


def _entries(events: Iterator[Any]) -> Iterator[tuple[str, str]]:
    """(key, text) of the outermost mapping's entries that are asked for."""
    import yaml

    depth, key, waiting = 0, "", False
    for event in events:
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if depth == 0 and not isinstance(event, yaml.MappingStartEvent):
                return
            if depth == 1 and not key:  # a key that is a list or a mapping: its value is passed over with it
                key, waiting = "?", False
            elif waiting and (depth > 1 or isinstance(event, yaml.MappingStartEvent)):
                waiting = False
            depth += 1
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            depth -= 1
            if depth == 1:
                key, waiting = "", False
        elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent) and depth:
            text = event.value.strip() if isinstance(event, yaml.ScalarEvent) else ""
            if depth == 1 and not key:
                key, waiting = text or "?", text in READ
                continue
            if waiting:
                waiting = False
                if text and (event.style or text.lower() not in ("null", "~")):
                    yield key, text
            if depth == 1:
                key = ""
