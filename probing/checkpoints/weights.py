"""Weights as data: what a safetensors file holds, read from its header and bytes without torch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from probing.checkpoints.json_file import ADVICE, read_json, refuse_large
from probing.checkpoints.names import tensors as names_of
from probing.errors import BadInput
from probing.files import regular
from probing.json_files import parse_json

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
PICKLED = ("pytorch_model*.bin", "*.pt", "*.pth", "*.ckpt", "tf_model.h5", "flax_model.msgpack")
# A float is inf or NaN exactly where every exponent bit is set: dtype → (unsigned view, exponent mask).
EXPONENT = {"F64": ("<u8", 0x7FF0 << 48), "F32": ("<u4", 0x7F800000), "F16": ("<u2", 0x7C00), "BF16": ("<u2", 0x7F80)}
FLOATS = {*EXPONENT, "F8_E4M3", "F8_E5M2"}
BYTES = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "I8", "U8", "BOOL"), 1),
}
PACKED = ("F4", "F6_E2M3", "F6_E3M2")  # several values in a byte, or one across two
LARGEST_SIZE = 1 << 63  # values of a tensor: beyond it there is no machine word for them
MOST_AXES = 64
LONGEST_NAME = 1000  # characters of a tensor's name, and in sentences a tenth of that
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
        return math.prod(self.shape)


Place = tuple[Path, Tensor]


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files that make up the model, in order of name. Raises BadInput where there are none to trust."""
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    if (folder / INDEX).is_file():
        return _indexed(folder)
    pickled = sorted(file.name for pattern in PICKLED for file in folder.glob(pattern))
    if pickled:
        raise BadInput(
            f"{folder} has only pickled weights ({pickled[0]}), and unpickling runs whatever code the file carries: "
            "where you trust it, load it once and save it with model.save_pretrained(FOLDER, safe_serialization=True)."
        )
    raise BadInput(f"{folder} has no weights: {SINGLE} (or {INDEX} and its parts) is needed beside config.json.")


def _indexed(folder: Path) -> list[Path]:
    index = folder / INDEX
    places = read_json(index).get("weight_map")
    if not isinstance(places, dict) or not places or not all(isinstance(name, str) for name in places.values()):
        raise BadInput(f"{index} is damaged: it holds no weight_map that names the files; {ADVICE}.")
    names = sorted(set(places.values()))
    for name in names:
        if Path(name).name != name or "\x00" in name:
            raise BadInput(f"{index} names the file {name[:100]!r}, which lies outside its folder: it is not read.")
        if not regular(folder / name):
            raise BadInput(f"{folder} lacks {name[:100]}, which its index names: {ADVICE}.")
    return [folder / name for name in names]


def tensors(file: Path) -> list[Tensor]:
    """What the header of one safetensors file lists, in order of name there. Raises BadInput where header and length disagree."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little") if size >= 8 else -1
        if not 0 < length <= size - 8:
            raise _damaged(file, f"its header is cut short ({size:,} bytes in all)")
        refuse_large(f"The header of {file}", length)
        header = stream.read(length)
    entries = parse_json(header, f"The header of {file}", ADVICE)
    if not isinstance(entries, dict):
        raise _damaged(file, "its header is no JSON object")
    start = 8 + length
    found = [_tensor(file, name, entry, start) for name, entry in entries.items() if name != "__metadata__"]
    # The format knows no gaps and nothing twice: each tensor begins where the one before ends.
    expected = start
    for tensor in sorted(found, key=lambda tensor: (tensor.begin, tensor.end)):
        if tensor.begin != expected:
            raise _damaged(file, f"{_short(tensor.name)} does not begin where the tensor before it ends")
        expected = tensor.end
    if expected != size:
        raise _damaged(file, f"it should be {expected:,} bytes long and is {size:,}")
    return found


def stored(folder: Path) -> list[Place]:
    """Every tensor of a checkpoint with its file, in order of file and name. Raises BadInput as `weight_files` and `tensors` do."""
    return [(file, tensor) for file in weight_files(folder) for tensor in tensors(file)]


def _tensor(file: Path, name: str, entry: Any, start: int) -> Tensor:
    """A header's entry, its types and sizes checked. Raises BadInput."""
    contradiction = _damaged(file, f"the header's entry for {_short(name)} contradicts itself")
    if len(name) > LONGEST_NAME:
        raise _damaged(file, f"a tensor's name has {len(name):,} characters")
    if not isinstance(entry, dict):
        raise contradiction
    dtype, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in (*BYTES, *PACKED):
        raise contradiction
    if not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2 or len(shape) > MOST_AXES:
        raise contradiction
    begin, end = offsets
    count, width = math.prod(shape), BYTES.get(dtype)
    if begin > end or count >= LARGEST_SIZE or end >= LARGEST_SIZE or (width and end - begin != width * count):
        raise contradiction
    return Tensor(name, dtype, tuple(shape), start + begin, start + end)


def _are_sizes(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(size) is int and 0 <= size < LARGEST_SIZE for size in value)


def _short(name: str) -> str:
    return ascii(name[: LONGEST_NAME // 10])[1:-1]


def first_non_finite(file: Path) -> str | None:
    """The name of the first tensor with a NaN or an infinity in it, or None."""
    for tensor in tensors(file):
        if tensor.dtype not in EXPONENT:
            continue
        view, mask = EXPONENT[tensor.dtype]
        bits = np.array(mask, dtype=view)
        if any(((part.view(view) & bits) == bits).any() for part in _chunks(file, tensor)):
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
    for part in _chunks(file, tensor):
        if tensor.dtype == "BF16":  # the upper half of an fp32
            yield (part.view("<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            yield part.view({"F64": "<f8", "F32": "<f4", "F16": "<f2"}[tensor.dtype])


def _chunks(file: Path, tensor: Tensor) -> Iterator[np.ndarray]:
    """The bytes of CHUNK values after another."""
    if tensor.size:
        raw = np.memmap(file, dtype=np.uint8, mode="r", offset=tensor.begin, shape=(tensor.end - tensor.begin,))
        width = BYTES[tensor.dtype] * CHUNK
        for begin in range(0, len(raw), width):
            yield np.array(raw[begin : begin + width])


def _damaged(file: Path, why: str) -> BadInput:
    return BadInput(f"{file} is damaged: {why}; {ADVICE}.")
