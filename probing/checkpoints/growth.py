"""Refuses a tokenizer.json that multiplies its input, before it reads any text. Imports no torch."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from probing.checkpoints.tokenizer_file import normalizers, pre_tokenizers, steps
from probing.errors import BadInput

MOST_ADDED = 1000  # characters that one step may put in one place, and special tokens around a sentence
MOST_GROWTH = 1000  # characters that all steps together may make of one
BYTE_LEVEL = 4  # characters that byte-level pre-tokenizing makes of one: as many as UTF-8 has bytes for it
# Keys whose text enters every word or piece of one.
ADDED = ("prepend", "content", "replacement", "continuing_subword_prefix", "end_of_word_suffix", "prefix", "suffix")


def refuse(path: Path, tokenizer: dict[str, Any]) -> None:
    """Raise BadInput where the steps of a tokenizer.json at `path` add or multiply more than the limits of this module.

    Characters of Unicode's own normal forms are not counted: they make at most 18 of one, and not again of those.
    """
    growth = 1.0
    for step in [*normalizers(tokenizer), *pre_tokenizers(tokenizer)]:
        growth *= _growth(path, step)
        if growth > MOST_GROWTH:
            raise BadInput(
                f"{path} makes more than {MOST_GROWTH:,} characters of one (its normalizer and pre_tokenizer multiply what they read): "
                "use the tokenizer that the checkpoint was trained with."
            )
    model = tokenizer.get("model")
    for part in (model if isinstance(model, dict) else {}, *steps(tokenizer.get("post_processor"), "processors")):
        for key in ADDED:
            _check(path, key, part.get(key))
        specials = part.get("special_tokens")
        count = sum(len(_ids(token)) for token in specials.values()) if isinstance(specials, dict) else 0
        around = max((len(part[name]) for name in ("single", "pair") if isinstance(part.get(name), list)), default=0)
        if max(count, around) > MOST_ADDED:
            raise BadInput(
                f"{path} puts more than {MOST_ADDED:,} special tokens around a sentence (post_processor): use the tokenizer that the "
                "checkpoint was trained with."
            )


def _growth(path: Path, step: dict[str, Any]) -> float:
    """What a step makes of one character, at most."""
    for key in ADDED:
        _check(path, key, step.get(key))
    kind, content = step.get("type"), step.get("content")
    if kind == "Replace" and isinstance(content, str):
        pattern = step.get("pattern")
        replaced = pattern.get("String") if isinstance(pattern, dict) else None
        # A regular expression may match a single character, or nothing between two.
        if isinstance(replaced, str) and replaced:
            return max(1.0, len(content) / len(replaced))
        return max(1.0, len(content) + (replaced is None))
    if kind == "Precompiled":
        longest = max((len(text) for text in _replacements(step.get("precompiled_charsmap"))), default=0)
        _check(path, "precompiled_charsmap", "x" * longest)
        return max(1.0, longest / 40)  # ﷺ has 33 bytes in the maps that checkpoints come with
    return BYTE_LEVEL if kind in ("ByteLevel", "byte_level") else 1.0


def _replacements(charsmap: Any) -> Iterator[bytes]:
    """The texts that a SentencePiece map puts in: behind the length of its trie and the trie they stand one after another, each ended by a zero."""
    try:
        data = base64.b64decode(charsmap, validate=True) if isinstance(charsmap, str) else b""
    except (binascii.Error, ValueError):
        return  # the library says what is wrong with it
    yield from data[4 + int.from_bytes(data[:4], "little") :].split(b"\0")


def _check(path: Path, key: str, text: Any) -> None:
    if isinstance(text, str) and len(text) > MOST_ADDED:
        raise BadInput(
            f"{path} puts {len(text):,} characters into every word ({key}), more than {MOST_ADDED:,}: use the tokenizer that the checkpoint "
            "was trained with."
        )


def _ids(token: Any) -> list[Any]:
    found = token.get("ids") if isinstance(token, dict) else None
    return found if isinstance(found, list) else []
