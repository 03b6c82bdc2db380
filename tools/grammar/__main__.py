"""Writes the file of the embedded corpus again: `python -m tools.grammar [FILE]`."""

from __future__ import annotations

import argparse
import gzip
import hashlib
from collections.abc import Sequence
from pathlib import Path

from probing.corpora import grammar
from tools.grammar.generate import generate, to_text


def main(arguments: Sequence[str] | None = None) -> str:
    """Generate the corpus and write it; what to tell the user: where it is, its SHA-256, and whether that is the pinned one."""
    parser = argparse.ArgumentParser(prog="python -m tools.grammar", description="Write the embedded corpus again.")
    parser.add_argument("file", nargs="?", type=Path, default=grammar.FILE, help="default: the file that ships")
    file: Path = parser.parse_args(arguments).file
    text = to_text(generate()).encode()
    file.write_bytes(gzip.compress(text, mtime=0))  # no time in it: the same text gives the same bytes
    sha = hashlib.sha256(text).hexdigest()
    said = f"{file}: {len(text):,} bytes of CoNLL-U, SHA-256 {sha}"
    if sha == grammar.GRAMMAR_SHA256:
        return f"{said}, as pinned."
    return f"{said}. probing/corpora/grammar.py pins another: put this one there only if the corpus is meant to change."


if __name__ == "__main__":
    print(main())
