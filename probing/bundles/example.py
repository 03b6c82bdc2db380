"""The example study: a bundle that ships with Strata, unpacked once and shown below every store. It can be hidden, and is never written."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import replace
from pathlib import Path

import platformdirs

from cache import files
from cache.errors import StoreError
from cache.keys import file_sha256
from cache.locks import FileLock
from cache.store import Store
from probing import permissions
from probing.bundles import importing
from probing.errors import BadInput
from probing.settings import DEMO, Settings

TITLE = "Example study"
HIDDEN = "example.json"  # of a store in which it is hidden
WHOLE = "whole"  # of the unpacked study: its last file


def opened(settings: Settings) -> Store:
    """The store of the settings with the example study below it, unless it is hidden there. Raises StoreError."""
    Store(settings.store)  # what is wrong with it is said before anything is unpacked
    below = None if hidden(settings.store) else study(settings)
    return Store(settings.store, below=below, closed=DEMO if settings.read_only else "")


def of_results(store: Store, settings: Settings) -> Settings:
    """The settings with which what `store` shows is planned again, be its checkpoints here or not."""
    return replace(settings, weightless=True, below=(store.below.root,) if store.below is not None else ())


def study(settings: Settings) -> Store | None:
    """The example study as a store; None where there is none, or where it cannot be unpacked."""
    path = settings.example
    if path is None or not path.is_file():
        return None
    with contextlib.suppress(OSError, StoreError, BadInput):
        root = Path(platformdirs.user_cache_dir("strata-example")) / file_sha256(path)[:16]
        root.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(root.parent / f"{root.name}.lock"):
            if not (root / WHOLE).is_file():
                _unpack(path, root)
        return Store(root, mend=lambda kind, id: _mend(path, kind, id, root))
    return None


def hidden(root: Path) -> bool:
    """Whether the store does not show it."""
    return (root / HIDDEN).is_file()


def hide(store: Store, hide: bool) -> None:
    """Have the store show it no more, or again. Raises StoreError."""
    store.refuse_writing()
    permissions.guard(store.root, "keep")
    if hide:
        files.write_text(store.root / HIDDEN, "{}", "the setting")
    else:
        (store.root / HIDDEN).unlink(missing_ok=True)


def _unpack(path: Path, root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)  # half of it, or an earlier one
    part = files.temporary(root.parent, root.name)
    try:
        importing.take(path, Store(part))
        (part / WHOLE).touch()
        part.rename(root)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _mend(path: Path, kind: str, id: str, root: Path) -> None:
    """Unpack a damaged cell or run again; where that fails, it is gone."""
    with contextlib.suppress(OSError, StoreError, BadInput):
        importing.unpack(path, f"{kind}s", id, Store(root))
