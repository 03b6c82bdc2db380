"""Treebanks that a user uploaded: validated, then kept in the store under a name of ours."""

from __future__ import annotations

import re
from pathlib import Path

from cache.errors import StoreError
from cache.files import remove, temporary, writing
from probing.corpora.conllu import parse_conllu
from probing.corpora.sentence import SPLITS
from probing.corpora.source import Source, from_path, refuse_few
from probing.errors import BadInput

LARGEST = 200_000_000  # bytes of an upload
PREFIX = "upload:"


def save_upload(uploads: Path, name: str, data: bytes | dict[str, bytes]) -> Source:
    """Keep an uploaded file (split 80/10/10) or one file a split; an upload of the same name is replaced.

    Raises BadInput before anything is written where the text is faulty, and where the disk takes no more. Of `name`,
    which a browser sent, only Latin letters and digits are used.
    """
    stem = re.sub(r"\.(conllu?|txt)$", "", name.replace("\\", "/").rsplit("/", 1)[-1].lower())
    slug = re.sub(r"[^a-z0-9]+", "-", stem)[:60].strip("-")
    if not slug:
        raise BadInput(f"The name {name[:60]!r} has no letters from a to z and no digits: give the corpus another name.")
    files = {"data": data} if isinstance(data, bytes) else data
    if isinstance(data, dict) and set(data) != set(SPLITS):
        raise BadInput("Give one file for each of train, dev and test, or a single file.")
    for split, content in files.items():
        if len(content) > LARGEST:
            raise BadInput(f"The {split} file has {len(content):,} bytes, more than {LARGEST:,}: give its path instead.")
        sentences, _ = parse_conllu(content, f"{slug}/{split}.conllu")
        if isinstance(data, bytes):
            refuse_few(sentences, name)
    folder, fresh = uploads / slug, temporary(uploads, slug)
    try:
        with writing("the upload", fresh):
            fresh.mkdir(parents=True)
            for split, content in files.items():
                (fresh / f"{split}.conllu").write_bytes(content)
            remove(folder)
            fresh.rename(folder)
    except StoreError as error:
        raise BadInput(str(error)) from error
    return find_upload(uploads, slug)


def find_upload(uploads: Path, slug: str) -> Source:
    """The upload of that name. Raises BadInput where there is none."""
    folder = uploads / slug
    if not re.fullmatch(r"[a-z0-9-]+", slug) or not folder.is_dir():
        raise BadInput(f"No upload is called {slug[:80]!r}: upload the treebank again on the Corpora page.")
    single = folder / "data.conllu"
    return from_path(single if single.is_file() else folder, f"{PREFIX}{slug}", slug)
