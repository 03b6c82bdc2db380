"""What each parameter of an encoder is: where it stands, of what kind, and whether it is an additive bias. No torch at import."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from probing.checkpoints.weights import FLOATS, LAYER, Tensor, tensors, weight_files
from probing.errors import BadInput
from probing.tuning.kinds import EMBEDDING, KINDS, LINEAR, NORM, NORMS, OTHER, POOLER, kind_of

if TYPE_CHECKING:
    from probing.checkpoints import Checkpoint

EMBEDDINGS_LAYER = 0  # where what stands before the first layer is counted
BEHIND = -1  # and what stands behind the last
LEGACY = {"gamma": "weight", "beta": "bias"}  # of norms, in the oldest files; transformers renames them as it loads


@dataclass(frozen=True)
class Parameter:
    """One tensor below the encoder. `layer` is 1 to L, 0 for embeddings, -1 for what stands behind the last layer.

    `additive` marks a bias that is added to a product or a norm: the `bias` of a linear map or of a norm, and nothing else.
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
        return self.model_type in KINDS

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
    found: list[Parameter] = []
    for name, tensor in model.named_parameters():
        module_name, _, own = name.rpartition(".")
        module = modules[module_name]
        kind = kind_of(model_type, module_name) or _generic(module_name, module)
        found.append(Parameter(name, tuple(tensor.shape), _layer(name, kind), kind, own == "bias" and _adds(module)))
    layers = max((parameter.layer for parameter in found), default=0)
    return Inventory(model_type, layers, tuple(found))


def inventory_of(checkpoint: Checkpoint) -> Inventory | None:
    """The same, sorted by layer and name, from the headers of its files: no model is built. What is saved beside the encoder (a head) is left out.

    None where files alone cannot tell: an architecture that is not in the table, or random weights of one whose files lack its pooler.
    Raises BadInput for files that are damaged.
    """
    model_type = checkpoint.facts.model_type
    if model_type not in KINDS:
        return None
    found: dict[str, Parameter] = {}
    for file in weight_files(checkpoint.folder):
        for tensor in tensors(file):
            if tensor.dtype in FLOATS and (one := _of_header(model_type, tensor)):
                found[one.name] = one
    kinds = {parameter.kind for parameter in found.values()}
    if checkpoint.random_seed is not None and POOLER in KINDS[model_type].values() and POOLER not in kinds:
        return None
    ordered = sorted(found.values(), key=lambda p: (p.layer == BEHIND, p.layer, p.name))
    return Inventory(model_type, max((p.layer for p in ordered), default=0), tuple(ordered))


def _of_header(model_type: str, tensor: Tensor) -> Parameter | None:
    """The encoder's parameter that a tensor of a file holds, under its name with a head (bert.encoder…) or without; None for any other."""
    for name in (tensor.name, tensor.name.partition(".")[2]):
        module, _, own = name.rpartition(".")
        own = LEGACY.get(own, own)
        if kind := kind_of(model_type, module):
            name = f"{module}.{own}"
            return Parameter(name, tensor.shape, _layer(name, kind), kind, own == "bias")
    return None


def of_kinds(model: Inventory, text: str) -> tuple[str, ...]:
    """The kinds that `text` joins by +. Raises BadInput for one that this architecture does not have."""
    if not model.tabled:
        raise BadInput(
            f"Which parameters of the architecture {model.model_type} are queries or intermediates is not known here: "
            "take the method without a choice of kinds."
        )
    asked = tuple(dict.fromkeys(part.strip() for part in text.split("+")))
    known = model.kinds()
    if wrong := [kind for kind in asked if kind not in known]:
        raise BadInput(f"{wrong[0]!r} is no kind of parameter of {model.model_type}: it has {', '.join(known)}.")
    return asked


def _adds(module: Any) -> bool:
    """Whether a module's `bias` is added to its output: linear maps (transformers' Conv1D is one) and norms."""
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    return isinstance(module, (nn.Linear, Conv1D, nn.LayerNorm)) or "norm" in type(module).__name__.lower()


def _generic(name: str, module: Any) -> str:
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    if name.split(".")[0] == POOLER:
        return POOLER
    if isinstance(module, nn.Embedding):
        return EMBEDDING
    if isinstance(module, (nn.Linear, Conv1D)):
        return LINEAR
    return NORM if "norm" in type(module).__name__.lower() else OTHER


def _layer(name: str, kind: str) -> int:
    if found := LAYER.search(name):
        return int(found[1]) + 1
    return EMBEDDINGS_LAYER if kind.startswith(EMBEDDING) or name.startswith("embeddings.") else BEHIND
