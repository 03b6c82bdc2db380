"""The tokenizer of a checkpoint; all rooms use `load_tokenizer`. Imports transformers only where there is no tokenizer.json.

Where there is a tokenizer.json, it is read. transformers rebuilds some classes from the vocabulary alone and drops the file's own normaliser
and pre-tokenizer, so two programs would split the same word differently.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probing.checkpoints import tokenizer_file
from probing.checkpoints.foreign import first_line, quiet
from probing.checkpoints.json_file import read_json
from probing.checkpoints.tokenizer_file import FILE, SETTINGS
from probing.errors import BadInput


@dataclass(frozen=True)
class Tokenizer:
    """A `tokenizers.Tokenizer`, and the id it pads with (None: it names none). Fields are called as transformers calls them."""

    backend_tokenizer: Any
    pad_token_id: int | None


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a folder; plain byte-level BPE (GPT-2, RoBERTa) takes each word with the space before it.

    Raises BadInput for a slow-only or damaged one: words are aligned through a fast tokenizer's own word ids.
    """
    content = tokenizer_file.content(folder)
    if content is None:
        theirs = by_transformers(folder)
        return Tokenizer(theirs.backend_tokenizer, theirs.pad_token_id)
    made = _of_file(folder)
    if tokenizer_file.is_byte_level(content):
        made.backend_tokenizer.pre_tokenizer.add_prefix_space = True
    return made


def _of_file(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer as Backend

    path = folder / FILE
    try:
        backend = Backend.from_file(str(path))
    except BaseException as error:  # the library raises nothing narrower, and panics beside Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise BadInput(f"{path} is damaged ({first_line(error)}): fetch the checkpoint again.") from error
    return Tokenizer(backend, _pad(folder, backend))


def _pad(folder: Path, backend: Any) -> int | None:
    for name in SETTINGS:
        pad = read_json(folder / name).get("pad_token") if (folder / name).is_file() else None
        token = pad.get("content") if isinstance(pad, dict) else pad
        if isinstance(token, str) and (found := backend.token_to_id(token)) is not None:
            return int(found)
    return int(backend.padding["pad_id"]) if backend.padding else None


def pad_of(tokenizer: Tokenizer, vocabulary: int) -> int:
    """The id to pad with, one that the model has an embedding for: it knows ids below `vocabulary`."""
    # A pad token may have been added to the tokenizer alone: the mask hides it, so any id will do.
    pad = tokenizer.pad_token_id
    return pad if pad is not None and pad < vocabulary else 0


def by_transformers(folder: Path) -> Any:
    """The tokenizer that transformers makes of a folder. Raises BadInput for a slow-only or damaged one."""
    from transformers import AutoTokenizer

    with quiet():
        try:
            made = AutoTokenizer.from_pretrained(str(folder), use_fast=True, local_files_only=True, trust_remote_code=False)
        except Exception as error:  # the tokenizers library raises nothing narrower
            raise BadInput(
                f"The tokenizer in {folder} cannot be loaded ({first_line(error)}): save it again as {FILE}."
            ) from error
    if not getattr(made, "is_fast", False):
        raise BadInput(
            f"The tokenizer in {folder} is slow-only ({type(made).__name__}), and words are aligned through a "
            f"fast one's word ids: convert it to a {FILE}."
        )
    return made
