"""From the name that a user types to a checked checkpoint. Imports no torch."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cache.keys import canonical_json, digest, file_sha256
from probing.checkpoints import claims, deltas, growth, hub, mends, products, tokenizer_file, weights
from probing.checkpoints.facts import Facts, read_config, read_facts
from probing.checkpoints.json_file import read_json, refuse_large
from probing.checkpoints.known import CHECKPOINTS, KnownCheckpoint
from probing.checkpoints.memo import Memo
from probing.checkpoints.tokenizer import load_tokenizer
from probing.checkpoints.tokenizer_file import FILE, tokenizer_files
from probing.errors import BadInput
from probing.files import exists, refuse_leading_out, regular
from probing.settings import Settings, inside_roots

RANDOM = "random:"
# Endings of the files that are read of a folder.
READ = {".json", ".safetensors", ".txt", ".model", ".md", ".jinja", ".tiktoken", ".bpe"}
# These say who wrote a configuration, when and for which task: they differ between checkpoints of one architecture.
VOLATILE = {
    *("_name_or_path", "architectures", "transformers_version", "torch_dtype", "dtype", "use_cache", "id2label", "label2id"),
    *("gradient_checkpointing", "num_labels", "problem_type", "finetuning_task", "task_specific_params", "classifier_dropout"),
}


@dataclass(frozen=True)
class Checkpoint:
    """A frozen model on this machine. `spec` resolves to it again from anywhere; `fingerprint` names what it computes.

    `kind` is known, folder, hub, random, or described (known and not here: described.py); `random_seed` is None but for random weights. `home` is
    the folder that was named, where `folder` holds what was made of it: a delta's record lies there, beside no weights; `parent` is then the
    checkpoint that it changes. `files` are the files that loading reads, by name, each with the SHA-256 that was found when the fingerprint was
    made (see identity.py), of a described one its head alone; `store` is where that is remembered.
    """

    name: str
    spec: str
    folder: Path
    kind: str
    random_seed: int | None
    fingerprint: str
    facts: Facts
    home: Path | None = None
    files: tuple[tuple[str, str], ...] = ()
    parent: Checkpoint | None = field(default=None, compare=False, repr=False)
    store: Path | None = field(default=None, compare=False, repr=False)

    def identity(self) -> dict[str, Any]:
        """What names its vectors: the fingerprint, and the version of their extraction where earlier ones were wrong."""
        return {"checkpoint": self.fingerprint} | ({"extraction": mends.VERSION} if self.facts.mend else {})


def resolve(spec: str, store: Path | None, roots: tuple[Path, ...] | None = None, offline: bool | None = None) -> Checkpoint:
    """The checkpoint that `spec` names: a known name, a product of the lab as lab:NAME, a local folder, a hub id or random:CKPT@SEED.

    `roots` are the folders that may be read (None: any); `offline` None asks the settings. Files are hashed and
    searched for NaN once, then remembered in the store. Raises BadInput, in one sentence, for what cannot be probed.
    """
    text = spec.strip()
    memo = Memo(store)
    if text.startswith(RANDOM):
        return _random(text, memo, roots, offline)
    entry: KnownCheckpoint | None = None
    within = None  # the folders that files may lie in; what a package or the hub's cache links to is its own affair
    if text in CHECKPOINTS:
        entry = CHECKPOINTS.get(text)
        name, canonical, kind, folder = text, text, "known", entry.folder(store)
    elif text.startswith(products.PREFIX) or _is_folder(text):
        of_lab = text.startswith(products.PREFIX)
        folder = products.existing_folder(text, store) if of_lab else _local(text, roots)
        within = None if roots is None else (*roots, *([Path(os.path.realpath(store))] if of_lab and store else []))
        name, canonical, kind = folder.name or str(folder), text if of_lab else str(folder), "folder"
        refuse_odd_files(folder, within)
        if deltas.is_delta(folder):
            return _delta(name, canonical, folder, memo, roots, offline)
    elif hub.is_hub_id(text):
        is_offline = Settings.read().offline if offline is None else offline
        name, canonical, kind, folder = text, text, "hub", hub.fetch(text, is_offline)
    else:
        known = ", ".join(CHECKPOINTS.names())
        raise BadInput(
            f"{text[:200]!r} is no checkpoint: give a known name ({known}), lab:NAME, a folder that is there, a hub id or random:CKPT@SEED."
        )
    refuse_odd_files(folder, within)
    facts, fingerprint, files = _inspect(folder, memo, entry)
    return Checkpoint(name, canonical, folder, kind, None, fingerprint, facts, files=files, store=store)


def refuse_odd_files(folder: Path, within: Iterable[Path] | None) -> None:
    """Raise BadInput where the folder, or a file of a kind that is read of a checkpoint, leads out of the folders `within`, or is no regular
    file: a pipe or a device would be read for ever."""
    allowed = None if within is None else list(within)
    refuse_leading_out(folder, allowed)
    for entry in os.scandir(folder):
        path = Path(entry.path)
        if path.suffix.lower() not in READ or entry.is_dir():
            continue
        if entry.is_symlink():
            refuse_leading_out(path, allowed)
        if exists(path) and not regular(path):
            raise BadInput(f"{path} is no regular file, so it is not opened: put the file itself in its place.")


def _is_folder(text: str) -> bool:
    explicit = text.startswith(("/", "./", "../", "~")) or text in (".", "..") or "\x00" in text
    return explicit or (bool(text) and exists(Path(text)))


def _local(text: str, roots: tuple[Path, ...] | None) -> Path:
    try:
        folder = inside_roots(text, roots)
        if folder.is_dir():
            return folder
        found = "is a file, not a folder" if folder.exists() else "is not there"
    except BadInput:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else ascii(str(error)[:100])
        raise BadInput(f"The path {text[:200]!r} cannot be used ({why}): check its spelling.") from error
    raise BadInput(f"{folder} {found}: give the folder that save_pretrained wrote.")


def _random(text: str, memo: Memo, roots: tuple[Path, ...] | None, offline: bool | None) -> Checkpoint:
    base_spec, _, seed = text[len(RANDOM) :].rpartition("@")
    if not base_spec or not re.fullmatch(r"\d{1,9}", seed):
        raise BadInput(
            f"{text[:200]!r} names no random checkpoint: write random:CKPT@SEED with a whole number, such as random:minilm-l6@0."
        )
    if base_spec.startswith(RANDOM):
        raise BadInput(f"{text[:200]!r} is random twice over: write random:CKPT@SEED with a checkpoint that has weights.")
    base = resolve(base_spec, memo.root, roots, offline)
    config = {key: value for key, value in read_config(base.folder).items() if key not in VOLATILE}
    fingerprint = digest("random", str(int(seed)), canonical_json(_finite(config)), tokenizer_digest(base, memo))
    tail = f"@{int(seed)}"
    return replace(
        base,
        name=f"{RANDOM}{base.name}{tail}",
        spec=f"{RANDOM}{base.spec}{tail}",
        kind="random",
        random_seed=int(seed),
        fingerprint=fingerprint,
        facts=replace(base.facts, dtype="F32", parent=None),
        home=None,
        parent=None,
        files=tuple((file, sha) for file, sha in base.files if not file.endswith(".safetensors")),
    )


def _finite(value: Any) -> Any:
    """The value with infinities and NaN as text: some configurations have them, and canonical JSON has none."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _delta(
    name: str, canonical: str, folder: Path, memo: Memo, roots: tuple[Path, ...] | None, offline: bool | None
) -> Checkpoint:
    """What a method changed, on its parent's weights; made whole in the store once."""
    store = memo.root
    deltas.lineage(folder, store, roots)
    spec, fingerprint = deltas.parent_of(folder)
    try:
        parent = resolve(spec, store, roots, offline)
    except BadInput as error:
        raise BadInput(f"{folder} is a change of its parent {spec[:200]}, which cannot be had: {error}") from error
    if parent.fingerprint != fingerprint:
        raise BadInput(
            f"{folder} is a change of {spec} as it was, and that checkpoint has other weights now: bring the old ones back, or tune it anew."
        )
    key = digest("delta", fingerprint, _checked_hash(folder / products.DELTA, memo))
    # Only weights have values to check; without their digest the other files would count as damaged, and all be made again each time.
    whole = deltas.whole(
        folder, parent, store, key, lambda file: _checked_hash(file, memo) if file.suffix == ".safetensors" else file_sha256(file)
    )
    facts, _, files = _inspect(whole, memo, None)
    facts = replace(facts, parent=spec, licence=parent.facts.licence)
    return Checkpoint(name, canonical, whole, "folder", None, key, facts, folder, files, parent, store)


def _inspect(folder: Path, memo: Memo, entry: KnownCheckpoint | None) -> tuple[Facts, str, tuple[tuple[str, str], ...]]:
    """Facts, fingerprint and the files that it was made of. Raises BadInput for what would fail or mislead later."""
    path = folder / "config.json"
    config = read_config(folder)
    claims.refuse_no_sizes(path, config)
    files = weights.weight_files(folder)
    names = tokenizer_files(folder)
    _check_architecture(folder, str(config["model_type"]), memo)
    hashes = [_checked_hash(file, memo) for file in files]
    if entry and hashes != [entry.sha256]:
        raise BadInput(
            f"The weights of {entry.card.name} in {folder} are not the known ones (sha256 {hashes[0][:12]}…, expected "
            f"{entry.sha256[:12]}…): reinstall {entry.sources[0].package}."
        )
    for file in names:
        refuse_large(str(file), file.stat().st_size)
    small = [(file.name, file_sha256(file)) for file in (path, *names)]
    _check_tokenizer(folder, digest(*(part for file in small[1:] for part in file)), memo)
    facts = read_facts(folder, files, config)
    claims.refuse_lies(path, config, files, facts)
    if entry:
        facts = replace(facts, licence=facts.licence or entry.licence, parent=entry.parent)
    large = zip((file.name for file in files), hashes, strict=True)
    return facts, digest("weights", *hashes, *(part for file in small for part in file)), (*large, *small)


def _checked_hash(file: Path, memo: Memo) -> str:
    """The file's sha256, once its header fits its length and its values are finite."""
    key = Memo.file_key(file)
    found = memo.get(key)
    if not (isinstance(found, dict) and isinstance(found.get("sha256"), str) and "non_finite" in found):
        found = {"non_finite": weights.first_non_finite(file), "sha256": file_sha256(file)}
        memo.put(key, found)
    if found["non_finite"]:
        raise BadInput(
            f"{file} holds NaN or infinite values in {found['non_finite']}: its training diverged or the file is damaged."
        )
    return str(found["sha256"])


def _check_architecture(folder: Path, model_type: str, memo: Memo) -> None:
    release = version("transformers")
    key = f"architecture|{release}|{model_type}"
    if memo.get(key) is None:
        # This module of transformers is plain data: reading it does not bring torch in.
        from transformers.models.auto.auto_mappings import CONFIG_MAPPING_NAMES

        memo.put(key, model_type in CONFIG_MAPPING_NAMES)
    if not memo.get(key):
        raise BadInput(
            f"{folder / 'config.json'} names the architecture {model_type!r}, which transformers {release} does not "
            "know: check the spelling or upgrade transformers."
        )


def _check_tokenizer(folder: Path, content: str, memo: Memo) -> None:
    """Raise BadInput where the tokenizer cannot be read, multiplies what it reads or is no fast one. `content` names its files'."""
    key = f"tokenizer|{version('tokenizers')}|{folder}|{content}"
    if memo.get(key) is None:
        complaint = ""
        try:
            for file in tokenizer_files(folder):
                if file.suffix == ".json" and file.name != FILE:
                    read_json(file)
            if tokenizer := tokenizer_file.content(folder):
                growth.refuse(folder / FILE, tokenizer)
            load_tokenizer(folder)
        except BadInput as error:
            complaint = str(error)
        memo.put(key, complaint)
    if complaint := memo.get(key):
        raise BadInput(str(complaint))


def tokenizer_digest(checkpoint: Checkpoint, memo: Memo) -> str:
    """What a tokenizer does to words: its truncation and padding settings are not ours, so they do not count."""
    shas = dict(checkpoint.files)
    if FILE not in shas:
        return digest(*(part for file in tokenizer_files(checkpoint.folder) for part in (file.name, shas[file.name])))
    key = f"words|{shas[FILE]}"
    if memo.get(key) is None:
        content = read_json(checkpoint.folder / FILE)
        words = {name: part for name, part in content.items() if name not in ("truncation", "padding")}
        memo.put(key, digest(json.dumps(words, sort_keys=True)))
    return str(memo.get(key))
