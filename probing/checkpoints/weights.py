"""Weights as data: what a safetensors file holds, read from its header and bytes without torch."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from probing.checkpoints.names import tensors as names_of
from probing.errors import BadInput

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
PICKLED = ("pytorch_model*.bin", "*.pt", "*.pth", "*.ckpt", "tf_model.h5", "flax_model.msgpack")
# A float is inf or NaN exactly where every exponent bit is set: dtype → (unsigned view, exponent mask).
EXPONENT = {"F64": ("<u8", 0x7FF0 << 48), "F32": ("<u4", 0x7F800000), "F16": ("<u2", 0x7C00), "BF16": ("<u2", 0x7F80)}
FLOATS = {*EXPONENT, "F8_E4M3", "F8_E5M2"}
BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
LONGEST_HEADER = 100 << 20  # bytes; the format's own limit
PARTS = (names_of.EMBEDDINGS, names_of.LAYERS, names_of.DECODER, names_of.OTHER)  # in the order in which they are shown
CHUNK = 1 << 22  # values looked at together: the check costs 32 MB whatever the model's size


@dataclass(frozen=True)
class Tensor:
    """One tensor of a file: bytes begin to end, counted from the file's start."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files that make up the model, in order of name. Raises BadInput where there are none to trust."""
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    if (folder / INDEX).is_file():
        try:
            names = sorted(set(json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"].values()))
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise BadInput(f"{folder / INDEX} is damaged: it holds no weight_map; fetch the checkpoint again.") from error
        for name in names:
            if not isinstance(name, str) or Path(name).name != name:
                raise BadInput(f"{folder / INDEX} names the file {name!r}, which lies outside its folder: it is not read.")
            if not (folder / name).is_file():
                raise BadInput(f"{folder} lacks {name}, which its index names: fetch the checkpoint again.")
        return [folder / name for name in names]
    pickled = sorted(file.name for pattern in PICKLED for file in folder.glob(pattern))
    if pickled:
        raise BadInput(
            f"{folder} has only pickled weights ({pickled[0]}), and unpickling runs whatever code the file carries: "
            "where you trust it, load it once and save it with model.save_pretrained(FOLDER, safe_serialization=True)."
        )
    raise BadInput(f"{folder} has no weights: {SINGLE} (or {INDEX} and its parts) is needed beside config.json.")


def tensors(file: Path) -> list[Tensor]:
    """What the header of one safetensors file lists. Raises BadInput where header and length disagree."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little") if size >= 8 else -1
        if not 0 < length <= min(size - 8, LONGEST_HEADER):
            raise _damaged(file, f"its header is cut short ({size:,} bytes in all)")
        header = stream.read(length)
    start = 8 + length
    try:
        entries: dict[str, Any] = json.loads(header)
        found = [
            Tensor(name, e["dtype"], tuple(e["shape"]), start + e["data_offsets"][0], start + e["data_offsets"][1])
            for name, e in entries.items()
            if name != "__metadata__"
        ]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise _damaged(file, "its header cannot be read") from error
    for tensor in found:
        width = BYTES.get(tensor.dtype)
        if not start <= tensor.begin <= tensor.end or (width and tensor.end - tensor.begin != width * tensor.size):
            raise _damaged(file, f"the header's entry for {tensor.name} contradicts itself")
    expected = max((tensor.end for tensor in found), default=start)
    if expected != size:
        raise _damaged(file, f"it should be {expected:,} bytes long and is {size:,}")
    return found


def first_non_finite(file: Path) -> str | None:
    """The name of the first tensor with a NaN or an infinity in it, or None."""
    for tensor in tensors(file):
        if tensor.dtype not in EXPONENT or tensor.size == 0:
            continue
        view, mask = EXPONENT[tensor.dtype]
        values = np.memmap(file, dtype=np.uint8, mode="r", offset=tensor.begin, shape=(tensor.end - tensor.begin,)).view(view)
        bits = np.array(mask, dtype=view)
        for begin in range(0, len(values), CHUNK):
            if ((values[begin : begin + CHUNK] & bits) == bits).any():
                return tensor.name
    return None


def parameters_by_part(files: list[Path]) -> dict[str, int]:
    """Values of the parameters by part: embeddings, `layer 1` … `layer L`, decoder (of an encoder-decoder), other. Buffers are none."""
    sizes = {tensor.name: tensor.size for tensor in parameters(files)}
    parts: Counter[tuple[int, int, str]] = Counter()
    for name, place in names_of.places(sizes).items():
        parts[PARTS.index(place.part), place.layer, place.label] += sizes[name]
    return {key[-1]: parts[key] for key in sorted(parts)}


def main_dtype(files: list[Path]) -> str:
    """The floating-point type that most values are stored in, as the format writes it (F32, BF16 …)."""
    types: Counter[str] = Counter()
    for tensor in parameters(files):
        types[tensor.dtype] += tensor.size
    return types.most_common(1)[0][0] if types else "none"


def parameters(files: list[Path]) -> Iterator[Tensor]:
    """The floating-point tensors that are parameters."""
    return (tensor for file in files for tensor in tensors(file) if tensor.dtype in FLOATS and names_of.is_parameter(tensor.name))


def values(file: Path, tensor: Tensor) -> Iterator[np.ndarray]:
    """The values of one tensor of F64, F32, F16 or BF16, in order, `CHUNK` at a time, as floats NumPy has."""
    raw = (
        np.memmap(file, dtype=np.uint8, mode="r", offset=tensor.begin, shape=(tensor.end - tensor.begin,))
        if tensor.size
        else None
    )
    width = BYTES[tensor.dtype] * CHUNK
    for begin in range(0, tensor.end - tensor.begin, width):
        assert raw is not None, "a tensor with bytes has values"
        part = np.array(raw[begin : begin + width])
        if tensor.dtype == "BF16":  # the upper half of an fp32
            yield (part.view("<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            yield part.view({"F64": "<f8", "F32": "<f4", "F16": "<f2"}[tensor.dtype])


def _damaged(file: Path, why: str) -> BadInput:
    return BadInput(f"{file} is damaged: {why}; fetch the checkpoint again.")
