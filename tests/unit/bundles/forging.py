"""Bundles that no release writes: the members of a true one, changed, under a seal that is right."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from probing.bundles import archive, manifest

Members = dict[str, bytes]


def members(path: Path) -> Members:
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def forged(path: Path, content: Members, entry: Callable[[zipfile.ZipInfo], None] = lambda _: None) -> Path:
    """An archive of the members, sealed; `entry` may change how each is listed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in content.items():
            info = zipfile.ZipInfo(name, archive.DATE)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            entry(info)
            opened.writestr(info, data)
        opened.comment = archive.MARK + b"0" * 64
    return seal(path)


def seal(path: Path) -> Path:
    """Put the right checksum at the end of an archive."""
    data = path.read_bytes()[: -len("0" * 64)]
    path.write_bytes(data + hashlib.sha256(data[: -len(archive.MARK)]).hexdigest().encode())
    return path


def listed(content: Members, **changes: Any) -> Members:
    """The members with a manifest that lists them as they are, and what else is changed of it."""
    record = json.loads(content[manifest.NAME]) | changes
    own = {name: data for name, data in content.items() if name != manifest.NAME}
    record["members"] = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in own.items()}
    return own | {manifest.NAME: json.dumps(record).encode()}
