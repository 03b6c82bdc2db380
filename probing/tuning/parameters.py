"""What each parameter of an encoder is: where it stands, of what kind, and whether it is an additive bias. No torch at import."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from probing.checkpoints.weights import LAYER
from probing.errors import BadInput
from probing.tuning.kinds import EMBEDDING, KINDS, LINEAR, NORM, NORMS, OTHER, POOLER, kind_of

EMBEDDINGS_LAYER = 0  # where what stands before the first layer is counted
BEHIND = -1  # and what stands behind the last


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
