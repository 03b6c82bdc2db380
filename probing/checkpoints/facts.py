"""What a checkpoint's own files say about it: sizes, lengths, tokenizer, licence, lineage. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probing.checkpoints import mends, tokenizer_file, weights
from probing.checkpoints.json_file import read_json
from probing.checkpoints.model_card import front_matter
from probing.checkpoints.names.configuration import HEADS, HIDDEN, LAYERS, size
from probing.errors import BadInput

LENGTH = (
    *("max_position_embeddings", "n_positions", "max_sequence_length", "max_seq_len", "seq_length", "n_ctx"),
    "max_encoder_position_embeddings",
)
VOCABULARY = ("vocab_size",)
# These count positions from the pad id + 1 on, so their table holds fewer than it has rows.
PAD_OFFSET = {
    *("roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer", "data2vec-text", "xmod", "ibert"),
    *("roberta-prelayernorm", "luke", "mluke", "markuplm", "layoutlmv3", "lilt", "esm"),
}
LONGEST = 8192  # sub-words a sentence at most, where the architecture itself sets no limit or a longer one


@dataclass(frozen=True)
class Facts:
    """Architecture and origin as data. `layers` is L: states 0 (embeddings) to L exist, `hidden` wide each.

    `parts` counts parameters of embeddings, `layer 1` … `layer L`, decoder and other; `max_length` is in sub-words with
    specials; None = the files do not say. `mend` says what earlier releases read wrongly of its vectors, empty where nothing (mends.py).
    """

    layers: int
    hidden: int
    heads: int | None
    vocab: int | None
    max_length: int
    architecture: str
    model_type: str
    parameters: int
    parts: dict[str, int]
    dtype: str
    tokenizer: str
    uncased: bool
    licence: str | None
    parent: str | None
    mend: str = ""


def read_config(folder: Path) -> dict[str, Any]:
    """config.json, checked for what would need foreign code and for sizes that are none. Raises BadInput."""
    path = folder / "config.json"
    if not path.is_file():
        raise BadInput(f"{folder} has no config.json, so it is no checkpoint: give the folder that save_pretrained wrote.")
    config = read_json(path)
    model_type = config.get("model_type")
    if not model_type or not isinstance(model_type, str):
        raise BadInput(f"{path} names no model_type, so its architecture is unknown: add the one it was trained as.")
    if any("auto_map" in part for part in _objects(config)):
        raise BadInput(
            f"{path} asks for code of its own (auto_map), which is never run here: "
            "use a checkpoint whose architecture transformers knows."
        )
    if any("quantization_config" in part for part in (config, config.get("text_config")) if isinstance(part, dict)):
        raise BadInput(f"{path} describes quantised weights, which cannot be probed as they are: save them dequantised first.")
    return config


def _objects(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """An object and all that stand in it, in lists too."""
    waiting: list[Any] = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
        waiting += [inner for inner in (found.values() if isinstance(found, dict) else found) if isinstance(inner, dict | list)]


def read_facts(folder: Path, files: list[Path], config: dict[str, Any]) -> Facts:
    """Facts of a checked folder; `files` are its safetensors. Raises BadInput where a size is nowhere to be found."""
    sizes = sizes_of(config)
    parts = weights.parameters_by_part(files)
    layers = size(sizes, LAYERS) or max((int(part[6:]) for part in parts if part.startswith("layer ")), default=0)
    hidden = size(sizes, HIDDEN)
    if not layers or not hidden:
        raise BadInput(
            f"{folder / 'config.json'} does not say how many layers it has and how wide they are: it cannot be probed."
        )
    settings = read_json(folder / "tokenizer_config.json") if (folder / "tokenizer_config.json").is_file() else {}
    tokenizer, model_type = tokenizer_file.content(folder), str(config["model_type"])
    front = front_matter(folder / "README.md")
    architectures = config.get("architectures")
    return Facts(
        layers=layers,
        hidden=hidden,
        heads=size(sizes, HEADS),
        vocab=size(sizes, VOCABULARY),
        max_length=_max_length(sizes, settings),
        architecture=str(architectures[0]) if isinstance(architectures, list) and architectures else model_type,
        model_type=model_type,
        parameters=sum(parts.values()),
        parts=parts,
        dtype=weights.main_dtype(files),
        tokenizer=str(settings.get("tokenizer_class") or "unknown"),
        uncased=bool(settings.get("do_lower_case")) if tokenizer is None else tokenizer_file.ignores_case(tokenizer),
        licence=front.get("license"),
        parent=_lineage(folder) or front.get("base_model"),
        mend=mends.of_vectors(model_type, tokenizer is not None and mends.split_otherwise(tokenizer, settings, model_type)),
    )


def sizes_of(config: dict[str, Any]) -> dict[str, Any]:
    """The part of a configuration that speaks of the text model or the encoder: what stands in it, and what stands beside it."""
    inner = next((config[part] for part in ("text_config", "encoder") if isinstance(config.get(part), dict)), None)
    return {**sizes_of(inner), **config} if inner is not None else config


def _max_length(config: dict[str, Any], settings: dict[str, Any]) -> int:
    positions = size(config, LENGTH)
    if positions is None:
        claimed = settings.get("model_max_length")
        # Tokenizers write 1e30 where they know no limit.
        positions = int(claimed) if isinstance(claimed, int | float) and 0 < claimed < 1e6 else LONGEST
    elif config.get("model_type") in PAD_OFFSET:
        pad = config.get("pad_token_id")
        positions -= (pad if isinstance(pad, int) else 1) + 1
    return max(1, min(positions, LONGEST))


def _lineage(folder: Path) -> str | None:
    parent = read_json(folder / "strata.json").get("parent") if (folder / "strata.json").is_file() else None
    return parent.strip() or None if isinstance(parent, str) else None
