"""The parameters of an encoder: layer, kind, and whether each is an additive bias. No torch at import."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from probing.checkpoints.names.modules import MODULES, NORM, NORMS, POOLER, is_whole, kind_by_class, kind_of
from probing.checkpoints.names.tensors import BEHIND, is_additive, modern, places
from probing.checkpoints.weights import Tensor, parameters, weight_files
from probing.errors import BadInput

if TYPE_CHECKING:
    from probing.checkpoints import Checkpoint


@dataclass(frozen=True)
class Parameter:
    """One tensor below the encoder. `layer` is 1 to L, 0 for embeddings, -1 for what stands behind the last layer.

    `additive` marks a bias that is added to a product (of a linear map or a convolution) or to a norm, and nothing else.
    """

    name: str
    shape: tuple[int, ...]
    layer: int
    kind: str
    additive: bool

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def norm(self) -> bool:
        return self.kind in (*NORMS, NORM)


@dataclass(frozen=True)
class Inventory:
    """Every parameter of an encoder, in its own order. `tabled`: whether kinds come from the table of its architecture.

    Otherwise kinds are only what the modules' classes say: embedding, linear, norm or other.
    """

    model_type: str
    layers: int
    parameters: tuple[Parameter, ...]

    @property
    def tabled(self) -> bool:
        return is_whole(self.model_type)

    @property
    def size(self) -> int:
        return sum(parameter.size for parameter in self.parameters)

    @property
    def biases(self) -> tuple[Parameter, ...]:
        """Every additive bias."""
        return tuple(parameter for parameter in self.parameters if parameter.additive)

    def kinds(self) -> list[str]:
        return list(dict.fromkeys(parameter.kind for parameter in self.parameters))

    def counted(self, names: Iterable[str]) -> int:
        """How many values the tensors of these names have."""
        wanted = set(names)
        return sum(parameter.size for parameter in self.parameters if parameter.name in wanted)

    def without(self, kinds: Sequence[str]) -> Inventory:
        return Inventory(self.model_type, self.layers, tuple(p for p in self.parameters if p.kind not in kinds))


def inventory(model: Any) -> Inventory:
    """The parameters of a transformers encoder, each once, by the names it has there; a model on the meta device will do."""
    model_type = str(model.config.model_type)
    modules = dict(model.named_modules())
    whole = is_whole(model_type)
    shapes = {name: tuple(tensor.shape) for name, tensor in model.named_parameters()}
    kinds = {}
    for name in shapes:
        module = name.rpartition(".")[0]
        kinds[name] = (kind_of(model_type, module) if whole else None) or kind_by_class(module, modules[module])
    return _inventory(model_type, shapes, kinds)


def inventory_of(checkpoint: Checkpoint) -> Inventory | None:
    """The same, sorted by layer and name, from the headers of its files: no model is built. What is saved beside the encoder (a head) is left out.

    None where files alone cannot tell: an architecture that is not in the table, or random weights of one whose files lack its pooler.
    Raises BadInput for files that are damaged.
    """
    model_type = checkpoint.facts.model_type
    if not is_whole(model_type):
        return None
    shapes: dict[str, tuple[int, ...]] = {}
    kinds: dict[str, str] = {}
    for tensor in parameters(weight_files(checkpoint.folder)):
        if found := _of_header(model_type, tensor):
            name, kinds[name] = found
            shapes[name] = tensor.shape
    if checkpoint.random_seed is not None and POOLER in MODULES[model_type].values() and POOLER not in kinds.values():
        return None
    return _inventory(model_type, shapes, kinds, ordered=True)


def _of_header(model_type: str, tensor: Tensor) -> tuple[str, str] | None:
    """(name, kind) of the encoder's parameter that a tensor of a file holds, under its name with a head (bert.encoder…) or without; None for
    any other."""
    for name in (tensor.name, tensor.name.partition(".")[2]):
        if kind := kind_of(model_type, name.rpartition(".")[0]):
            return modern(name), kind
    return None


def _inventory(model_type: str, shapes: dict[str, tuple[int, ...]], kinds: dict[str, str], ordered: bool = False) -> Inventory:
    found = [
        Parameter(name, shapes[name], place.layer, kinds[name], is_additive(name))
        for name, place in places(shapes.keys()).items()
    ]
    if ordered:
        found.sort(key=lambda p: (p.layer == BEHIND, p.layer, p.name))
    return Inventory(model_type, max((p.layer for p in found), default=0), tuple(found))


def of_kinds(model: Inventory, text: str) -> tuple[str, ...]:
    """The kinds that `text` joins by +. Raises BadInput for one that this architecture does not have."""
    if not model.tabled:
        raise BadInput(
            f"Which parameters of the architecture {model.model_type} are queries or intermediates is not known here: "
            "take the method without a choice of kinds."
        )
    requested = tuple(dict.fromkeys(part.strip() for part in text.split("+")))
    known = model.kinds()
    if wrong := [kind for kind in requested if kind not in known]:
        raise BadInput(f"{wrong[0]!r} is no kind of parameter of {model.model_type}: it has {', '.join(known)}.")
    return requested
