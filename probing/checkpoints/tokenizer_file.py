"""tokenizer.json as data, and the other files that a tokenizer is made of. Imports neither torch nor tokenizers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from probing.checkpoints.json_file import read_json
from probing.errors import BadInput

FILE = "tokenizer.json"
VOCABULARIES = ("vocab.txt", "vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model")
SETTINGS = ("tokenizer_config.json", "special_tokens_map.json")
TOKENIZER_FILES = (FILE, *VOCABULARIES, *SETTINGS, "added_tokens.json")


def tokenizer_files(folder: Path) -> list[Path]:
    """Every file the tokenizer is made of; a vocabulary beside a tokenizer.json is not read. Raises BadInput."""
    found = [folder / name for name in TOKENIZER_FILES if (folder / name).is_file()]
    if found and found[0].name == FILE:
        found = [file for file in found if file.name not in VOCABULARIES]
    if not found:
        raise BadInput(
            f"{folder} has no tokenizer: put the {FILE} it was trained with beside config.json "
            "(tokenizer.save_pretrained(FOLDER) writes it)."
        )
    return found


def content(folder: Path) -> dict[str, Any] | None:
    """tokenizer.json of a folder, not to be changed; None where there is none. Raises BadInput.

    It is parsed once for each state of the file: a page asks several times, and the file may be large.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    stat = path.stat()
    return _parsed(path, stat.st_ino, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=4)
def _parsed(path: Path, *_state: int) -> dict[str, Any]:
    return read_json(path)


def normalizers(tokenizer: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a tokenizer.json's normaliser, in order."""
    return steps(tokenizer.get("normalizer"), "normalizers")


def pre_tokenizers(tokenizer: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a tokenizer.json's pre-tokenizer, in order."""
    return steps(tokenizer.get("pre_tokenizer"), "pretokenizers")


def steps(part: Any, several: str) -> list[dict[str, Any]]:
    """What a part of a tokenizer.json does, step by step; `several` is the key under which a sequence has its steps."""
    if not isinstance(part, dict):
        return []
    inner = part.get(several)
    return [step for one in inner for step in steps(one, several)] if isinstance(inner, list) else [part]


def ignores_case(tokenizer: dict[str, Any]) -> bool:
    """Whether its normaliser makes all letters small."""
    return any(step.get("type") == "Lowercase" or step.get("lowercase") is True for step in normalizers(tokenizer))


def is_byte_level(tokenizer: dict[str, Any]) -> bool:
    """Whether byte-level BPE is the whole pre-tokenizer: behind a splitter it would put a space before every piece of a word."""
    part = tokenizer.get("pre_tokenizer")
    return isinstance(part, dict) and part.get("type") == "ByteLevel"
