"""`store verify`: whether stored checkpoints and data are as they were written. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cache import eviction, files
from cache.store import Store
from probing.checkpoints import made, products, weights
from probing.checkpoints.json_file import read_json
from probing.checkpoints.known import CHECKPOINTS
from probing.checkpoints.memo import Memo
from probing.corpora import registered
from probing.errors import BadInput, first_few


@dataclass
class IntegrityReport:
    """`problems` has one sentence for each damaged file; `notes` name what could not be checked."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(store: Store) -> IntegrityReport:
    """Read everything that has a checksum. Damaged files that can be made again are removed; damaged products and own data are reported and stay."""
    report = IntegrityReport(eviction.verify(store))
    for check in (_vectors, _models, _products, _uploads, _remembered):
        check(store, report)
    return report


def _vectors(store: Store, report: IntegrityReport) -> None:
    """Vectors of one fingerprint come from the same files, or some of them from damaged ones."""
    unknown = 0
    for collection in store.collections():
        sources = {shard.source for shard in collection.shards()}
        unknown += sum(not shard.source for shard in collection.shards())
        if len(sources - {""}) > 1:
            files.remove(collection.folder)
            report.problems.append(
                f"Activations {collection.key} were computed from different files of one checkpoint: removed; they are computed anew when needed."
            )
    if unknown:
        report.notes.append(
            f"{unknown:,} shards of activations were computed by a version that did not hash files at loading: whether the files were "
            "undamaged then is not known."
        )


def _models(store: Store, report: IntegrityReport) -> None:
    for target in sorted(store.models.glob(f"{eviction.COPY}*")):
        if names := made.damaged(target):
            files.remove(target)
            report.problems.append(
                f"The whole copy {target.name} was damaged in {names[0]}: removed; it is made again when it is needed."
            )
    for entry in CHECKPOINTS:
        unpacked = store.models / entry.card.name
        if unpacked.is_dir() and made.sha256_of(unpacked / weights.SINGLE) != entry.sha256:
            files.remove(unpacked)
            report.problems.append(
                f"The unpacked {entry.card.name} was damaged: removed; it is unpacked again when it is needed."
            )


def _products(store: Store, report: IntegrityReport) -> None:
    """Products are the user's own: a damaged one is reported, and stays."""
    unrecorded = []
    for spec in products.listed(store.root):
        folder = products.folder_of(spec, store.root)
        if (folder / made.MADE).exists():
            for name in made.damaged(folder):
                report.problems.append(f"{folder / name} is not as it was saved: remove {spec} and make it again.")
            continue
        unrecorded.append(spec)
        try:
            for file in sorted(folder.iterdir()):
                _read(file)
        except (BadInput, OSError) as error:
            report.problems.append(f"{spec} cannot be read ({str(error).rstrip('.')}): remove it and make it again.")
    if unrecorded:
        report.notes.append(
            f"{first_few(unrecorded)}: saved before there were lists of their files, so the files were only "
            "checked to be readable."
        )


def _read(file: Path) -> None:
    if file.suffix == ".safetensors":
        if name := weights.first_non_finite(file):
            raise BadInput(f"{file.name} holds NaN or infinite values in {name}")
    elif file.suffix == ".json":
        read_json(file)


def _uploads(store: Store, report: IntegrityReport) -> None:
    unrecorded = []
    for spec in registered.names(store.uploads):
        try:
            damaged, known_all = registered.damaged(store.uploads, spec)
        except BadInput as error:
            report.problems.append(str(error))
            continue
        report.problems += [
            f"{path} is not the file that was registered as {spec}: register the corpus again." for path in damaged
        ]
        if not known_all:
            unrecorded.append(spec)
    if unrecorded:
        report.notes.append(
            f"{first_few(unrecorded)}: registered before hashes were recorded, so the files could not be compared."
        )


def _remembered(store: Store, report: IntegrityReport) -> None:
    """Compares remembered hashes of weights with the files."""
    memo = Memo(store.root)
    for path, sha in memo.files():
        if path.is_file() and made.sha256_of(path) != sha:
            memo.forget(Memo.file_key(path))
            report.problems.append(
                f"{path} changed since it was hashed, under the same size and time stamp: what was computed from it before stays valid; fetch it "
                "again if the change was not meant."
            )
