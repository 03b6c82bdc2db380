"""Treebanks that a user uploaded: validated, then kept in the store under a name of ours."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from probing.corpora.conllu import parse_conllu
from probing.corpora.sentence import SPLITS
from probing.corpora.source import Source, from_path
from probing.errors import BadInput

LARGEST = 200_000_000  # bytes of an upload
PREFIX = "upload:"


def save_upload(uploads: Path, name: str, data: bytes | dict[str, bytes]) -> Source:
    """Keep an uploaded file (split 80/10/10) or one file a split. Raises BadInput before anything is written."""
    slug = re.sub(r"[^a-z0-9]+", "-", Path(name).name.lower().removesuffix(".conllu")).strip("-")[:60]
    if not slug:
        raise BadInput(f"The name {name!r} has no letters or digits: name the corpus.")
    files = {"data": data} if isinstance(data, bytes) else data
    if isinstance(data, dict) and set(data) != set(SPLITS):
        raise BadInput("Give one file for each of train, dev and test, or a single file.")
    for split, content in files.items():
        if len(content) > LARGEST:
            raise BadInput(f"The {split} file has {len(content):,} bytes, more than {LARGEST:,}: give its path instead.")
        parse_conllu(content, f"{slug}/{split}.conllu")
    folder, fresh = uploads / slug, uploads / f".{slug}.{os.getpid()}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for split, content in files.items():
        (fresh / f"{split}.conllu").write_bytes(content)
    if folder.exists():
        old = uploads / f".{slug}.old.{os.getpid()}"
        folder.rename(old)
        fresh.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        fresh.rename(folder)
    return find_upload(uploads, slug)


def find_upload(uploads: Path, slug: str) -> Source:
    """The upload of that name. Raises BadInput where there is none."""
    folder = uploads / slug
    if not re.fullmatch(r"[a-z0-9-]+", slug) or not folder.is_dir():
        raise BadInput(f"No upload is called {slug!r}: upload the treebank again on the Corpora page.")
    single = folder / "data.conllu"
    return from_path(single if single.is_file() else folder, f"{PREFIX}{slug}", slug)
