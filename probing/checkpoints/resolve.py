"""From what a user types to a checkpoint that is known to be whole. Imports no torch."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cache.keys import canonical_json, digest, file_sha256
from probing.checkpoints import deltas, hub, mends, products, weights
from probing.checkpoints.facts import Facts, read_config, read_facts, read_json, tokenizer_files
from probing.checkpoints.known import CHECKPOINTS, KnownCheckpoint
from probing.checkpoints.memo import Memo
from probing.checkpoints.tokenizer import load_tokenizer
from probing.errors import BadInput
from probing.settings import Settings, inside_roots

RANDOM = "random:"
# These say who wrote a configuration, when and for what task: two with the same architecture may differ in them.
VOLATILE = {
    *(
        "_name_or_path",
        "architectures",
        "transformers_version",
        "torch_dtype",
        "dtype",
        "use_cache",
        "id2label",
        "label2id",
    ),
    *("gradient_checkpointing", "num_labels", "problem_type", "finetuning_task", "task_specific_params"),
    "classifier_dropout",
}


@dataclass(frozen=True)
class Checkpoint:
    """A frozen model on this machine. `spec` resolves to it again from anywhere; `fingerprint` names what it computes.

    `kind` is known, folder, hub or random; `random_seed` is None but for random weights. `home` is the folder that was named, where `folder`
    holds what was made of it: a delta's record lies there, beside no weights.
    """

    name: str
    spec: str
    folder: Path
    kind: str
    random_seed: int | None
    fingerprint: str
    facts: Facts
    home: Path | None = None

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
        return _random(text, store, memo, roots, offline)
    entry: KnownCheckpoint | None = None
    if text in CHECKPOINTS:
        entry = CHECKPOINTS.get(text)
        name, canonical, kind, folder = text, text, "known", entry.folder(store)
    elif text.startswith(products.PREFIX) or _is_folder(text):
        of_lab = text.startswith(products.PREFIX)
        folder = products.kept(text, store) if of_lab else _local(text, roots)
        name, canonical, kind = folder.name or str(folder), text if of_lab else str(folder), "folder"
        if deltas.is_delta(folder):
            return _delta(name, canonical, folder, store, memo, roots, offline)
    elif hub.is_hub_id(text):
        online = Settings.read().offline if offline is None else offline
        name, canonical, kind, folder = text, text, "hub", hub.fetch(text, online)
    else:
        known = ", ".join(CHECKPOINTS.names())
        raise BadInput(
            f"{text!r} is no checkpoint: give a known name ({known}), lab:NAME, a folder that is there, a hub id or random:CKPT@SEED."
        )
    facts, fingerprint = _inspect(folder, memo, entry)
    return Checkpoint(name, canonical, folder, kind, None, fingerprint, facts)


def _is_folder(text: str) -> bool:
    explicit = text.startswith(("/", "./", "../", "~")) or text in (".", "..") or "\x00" in text
    return explicit or (bool(text) and os.path.exists(text))  # of a name too long for a file it says no


def _local(text: str, roots: tuple[Path, ...] | None) -> Path:
    try:
        folder = inside_roots(text, roots)
        if folder.is_dir():
            return folder
        found = "is a file, not a folder" if folder.exists() else "is not there"
    except (OSError, RuntimeError) as error:
        raise BadInput(f"The path {text[:200]!r} cannot be used ({error}): check its spelling.") from error
    raise BadInput(f"{folder} {found}: give the folder that save_pretrained wrote.")


def _random(text: str, store: Path | None, memo: Memo, roots: tuple[Path, ...] | None, offline: bool | None) -> Checkpoint:
    base_spec, _, seed = text[len(RANDOM) :].rpartition("@")
    if not base_spec or not re.fullmatch(r"\d{1,9}", seed):
        raise BadInput(
            f"{text!r} names no random checkpoint: write random:CKPT@SEED with a whole number, such as random:minilm-l6@0."
        )
    if base_spec.startswith(RANDOM):
        raise BadInput(f"{text!r} is random twice over: write random:CKPT@SEED with a checkpoint that has weights.")
    base = resolve(base_spec, store, roots, offline)
    config = {key: value for key, value in read_config(base.folder).items() if key not in VOLATILE}
    fingerprint = digest("random", str(int(seed)), canonical_json(config), tokenizer_digest(base.folder, memo))
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
    )


def _delta(
    name: str,
    canonical: str,
    folder: Path,
    store: Path | None,
    memo: Memo,
    roots: tuple[Path, ...] | None,
    offline: bool | None,
) -> Checkpoint:
    """What a method changed, on its parent's weights; made whole in the store once."""
    deltas.lineage(folder, store)
    spec, fingerprint = deltas.parent_of(folder)
    try:
        parent = resolve(spec, store, roots, offline)
    except BadInput as error:
        raise BadInput(f"{folder} is a change of its parent {spec}, which cannot be had: {error}") from error
    if parent.fingerprint != fingerprint:
        raise BadInput(
            f"{folder} is a change of {spec} as it was, and that checkpoint has other weights now: bring the old ones back, or tune it anew."
        )
    key = digest("delta", fingerprint, _checked_hash(folder / products.DELTA, memo))
    whole = deltas.rebuilt(folder, parent, store, key)
    facts, _ = _inspect(whole, memo, None)
    told = replace(facts, parent=spec, licence=parent.facts.licence)
    return Checkpoint(name, canonical, whole, "folder", None, key, told, folder)


def _inspect(folder: Path, memo: Memo, entry: KnownCheckpoint | None) -> tuple[Facts, str]:
    """Facts and fingerprint of a folder. Raises BadInput for what would fail or mislead later."""
    config = read_config(folder)
    files = weights.weight_files(folder)
    names = tokenizer_files(folder)
    _check_architecture(folder, str(config["model_type"]), memo)
    hashes = [_checked_hash(file, memo) for file in files]
    if entry and hashes != [entry.sha256]:
        raise BadInput(
            f"The weights of {entry.card.name} in {folder} are not the known ones (sha256 {hashes[0][:12]}…, expected "
            f"{entry.sha256[:12]}…): reinstall {entry.sources[0].package}."
        )
    _check_tokenizer(folder, names, memo)
    facts = read_facts(folder, files, config)
    if entry:
        facts = replace(facts, licence=facts.licence or entry.licence, parent=entry.parent)
    parts = [part for file in (folder / "config.json", *names) for part in (file.name, file_sha256(file))]
    return facts, digest("weights", *hashes, *parts)


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
    from importlib.metadata import version

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


def _check_tokenizer(folder: Path, names: list[Path], memo: Memo) -> None:
    """Raise BadInput where the tokenizer cannot be read or is no fast one."""
    key = "|".join(["tokenizer", *(Memo.file_key(file) for file in names)])
    if memo.get(key) is None:
        complaint = ""
        try:
            load_tokenizer(folder)
        except BadInput as error:
            complaint = str(error)
        memo.put(key, complaint)
    if complaint := memo.get(key):
        raise BadInput(str(complaint))


def tokenizer_digest(folder: Path, memo: Memo) -> str:
    """What a tokenizer does to words: its truncation and padding settings are not ours, so they do not count."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        return digest(*(part for file in tokenizer_files(folder) for part in (file.name, file_sha256(file))))
    key = f"words|{Memo.file_key(path)}"
    if memo.get(key) is None:
        content: dict[str, Any] = read_json(path)
        content.pop("truncation", None)
        content.pop("padding", None)
        memo.put(key, digest(json.dumps(content, sort_keys=True)))
    return str(memo.get(key))
