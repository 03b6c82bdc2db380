"""The file of a bundle: a zip archive whose bytes follow from its content, and which is read as what anybody may have made.

Its comment is the SHA-256 of all that stands before it, so that any byte that changed on the way is noticed before anything is unpacked.
"""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
import zlib
from collections.abc import Callable, Collection, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Self

from cache import files
from cache.errors import StoreError
from probing.bundles import manifest as manifests
from probing.bundles.manifest import Manifest
from probing.errors import BadInput
from probing.files import opened
from probing.json_files import parse_json
from probing.settings import Limits

SUFFIX = ".strata"
DATE = (1980, 1, 1, 0, 0, 0)  # of every member: when it was written says nothing
LEVEL = 6  # of compression
MARK = b"sha256:"
SEAL = len(MARK) + 64  # bytes of the comment
PIECE = 1 << 20  # bytes read at once
MOST_MEMBERS = 100_000
LARGEST_JSON = 64_000_000  # bytes of a member that is read into memory whole
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    KeyError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    OSError,
)


def refuse_suffix(path: Path) -> None:
    """Raise BadInput for a file that is not named as bundles are: the format goes by the suffix."""
    if path.suffix != SUFFIX:
        raise BadInput(f"{path.name} does not end in {SUFFIX}, as bundles do: name the file {path.stem or 'NAME'}{SUFFIX}.")


def write(path: Path, members: Mapping[str, bytes]) -> None:
    """Put the members into one file, whole or not at all: the same members, the same bytes. Raises StoreError."""
    part = files.temporary(path.parent, path.name)
    with files.writing("the bundle", part):
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
            for name in sorted(members):
                entry = zipfile.ZipInfo(name, DATE)
                entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
                archive.writestr(entry, members[name], compresslevel=LEVEL)
            archive.comment = MARK + b"0" * 64
        with part.open("r+b") as file:
            file.seek(-64, 2)
            seal = _sha(file, file.tell() - len(MARK))
            file.write(seal.encode())
        files.put(part, path)


class BundleFile:
    """A bundle open for reading. Nothing of it is trusted: raises BadInput, in one sentence, for whatever does not fit."""

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        self.name, self._path, self._most = path.name, path, (limits or Limits.read()).bundle_bytes
        refuse_suffix(path)

    def __enter__(self) -> Self:
        with self._said():
            self._file = opened(self._path)
        try:
            with self._said():
                self._refuse_altered()
                self._zip = zipfile.ZipFile(self._file)
                self._sizes = self._members()
                record = parse_json(self.read(manifests.NAME), f"The manifest of {self.name}", "export it again")
            self.manifest = Manifest.read(record, self.name)
            with self._said():
                self._refuse_unlisted()
                self.entries = self.manifest.entries()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def verify(self, but: Collection[str] = ()) -> None:
        """Read every member and its checksum, `but` those that are read anyway."""
        for name in self.manifest.members.keys() - set(but):
            self._copy(name, lambda _: None)

    def unpack_all(self, folder: Path) -> None:
        """Write every member to its place under `folder`, their checksums being right; the folders are made."""
        apart = {name for name in self.manifest.members if "/" not in name}
        for name in self.manifest.members.keys() - apart:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            self.unpack(name, path)
        self.verify(self.manifest.members.keys() - apart)

    def read(self, name: str) -> bytes:
        """The bytes of a member that is JSON."""
        if self._sizes.get(name, 0) > LARGEST_JSON:
            raise BadInput(
                f"{self.name} says that its {name} has {self._sizes[name]:,} bytes, which is too much to be read: export it again."
            )
        parts: list[bytes] = []
        self._copy(name, parts.append)
        return b"".join(parts)

    def json(self, name: str) -> Any:
        return parse_json(self.read(name), f"{name} of {self.name}", "export it again")

    def unpack(self, name: str, path: Path) -> None:
        """Write a member to `path`, its checksum being right."""
        with path.open("xb") as file:
            self._copy(name, file.write)

    def _copy(self, name: str, take: Callable[[bytes], object]) -> None:
        """Hand the member out piece by piece: never more than it says, and what the manifest says of it at the end."""
        most, sha, read = self._sizes[name], hashlib.sha256(), 0
        with self._said(), self._zip.open(name) as stream:
            while piece := stream.read(PIECE):
                read += len(piece)
                if read > most:
                    raise StoreError(f"{name} unpacks to more than the {most:,} bytes that it says")
                sha.update(piece)
                take(piece)
            listed = self.manifest.members.get(name) if name != manifests.NAME else None
            if read != most or (listed and (listed.bytes, listed.sha256) != (read, sha.hexdigest())):
                raise StoreError(f"{name} is not what the manifest says")

    def _members(self) -> dict[str, int]:
        """The members with the sizes that they say. Raises StoreError for names and sizes that no bundle has."""
        entries = self._zip.infolist()
        if len(entries) > MOST_MEMBERS:
            raise StoreError(f"it has {len(entries):,} members")
        total = sum(entry.file_size for entry in entries)
        if total > self._most:
            raise BadInput(
                f"{self.name} unpacks to {total:,} bytes, more than the {self._most:,} allowed: raise STRATA_MAX_BUNDLE_MB if you trust it."
            )
        found: dict[str, int] = {}
        for entry in entries:
            name, kind = entry.orig_filename, stat.S_IFMT(entry.external_attr >> 16)
            parts = PurePosixPath(name).parts
            if name.startswith(("/", "~")) or "\\" in name or ":" in name or ".." in parts:
                raise StoreError(f"the member {name[:80]!r} would lead out of its folder")
            if kind not in (0, stat.S_IFREG) or name.endswith("/"):
                raise StoreError(f"the member {name[:80]!r} is a link or a folder, and bundles hold files alone")
            if name != entry.filename or name != str(PurePosixPath(name)) or name in found:
                raise StoreError(f"the member {name[:80]!r} is there twice, or has an odd name")
            if entry.flag_bits & 1:
                raise StoreError(f"the member {name[:80]!r} is encrypted")
            found[name] = entry.file_size
        if manifests.NAME not in found:
            raise StoreError(f"it has no {manifests.NAME}")
        return found

    def _refuse_altered(self) -> None:
        """Raise StoreError where a byte is not as it was written."""
        end = self._file.seek(0, 2)
        self._file.seek(max(0, end - SEAL))
        comment = self._file.read()
        if end < SEAL or not comment.startswith(MARK):
            raise StoreError("it does not end as one")
        if _sha(self._file, end - SEAL) != comment[len(MARK) :].decode("ascii", "replace"):
            raise BadInput(
                f"{self.name} was damaged on its way, or altered: its checksum is not that of its content; fetch or export it again."
            )
        self._file.seek(0)

    def _refuse_unlisted(self) -> None:
        listed = {*self.manifest.members, manifests.NAME}
        if odd := next(iter(listed ^ self._sizes.keys()), None):
            raise StoreError(f"the manifest and the archive do not hold the same members ({odd[:80]!r})")

    @contextmanager
    def _said(self) -> Any:
        """What goes wrong in reading, as one sentence."""
        try:
            yield
        except BadInput:
            raise
        except StoreError as error:
            raise BadInput(f"{self.name} is no bundle that can be used: {error}; export it again.") from error
        except FileNotFoundError as error:
            raise BadInput(f"{self._path} is not there: name the file of a bundle.") from error
        except BROKEN as error:
            reason = getattr(error, "strerror", None) or ascii(str(error)[:80])[1:-1]
            raise BadInput(f"{self.name} is no bundle that can be read ({reason}): export it again.") from error


def _sha(file: IO[bytes], length: int) -> str:
    """The SHA-256 of the first `length` bytes; leaves the place in the file as it was."""
    place, sha = file.tell(), hashlib.sha256()
    file.seek(0)
    while length > 0 and (piece := file.read(min(PIECE, length))):
        sha.update(piece)
        length -= len(piece)
    file.seek(place)
    return sha.hexdigest()


def encoded(value: Any) -> bytes:
    """JSON whose bytes follow from the value."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1).encode()
