"""The table of names against the modules of every architecture: layers, parts, biases, buffers; and students of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from probing.checkpoints.names import tensors as names_of
from probing.checkpoints.weights import parameters_by_part
from probing.errors import BadInput
from probing.tuning.parameters import inventory
from probing.tuning.students import shrunk
from tests.architectures.configurations import LAYERS
from tests.architectures.instances import build, encoder
from tests.architectures.names import NAMES

SAVED = (
    "bart",
    "canine",
    "ctrl",
    "esm",
    "flaubert",
    "fnet",
    "gpt2",
    "gptj",
    "ibert",
    "mamba",
    "mixtral",
    "mpnet",
    "rwkv",
    "t5",
    "xlm",
    "xlnet",
)
# Two stacks of blocks, or none with a list of their own: the reference below does not know their layers.
UNUSUAL = {"albert", "dory", "funnel", "funnel, base", "hrm_text"}
BIASED = ("canine", "convbert", "deberta", "gpt_neox_japanese", "ibert", "mobilebert", "opt", "squeezebert", "xlm")
# Students of two layers: from every architecture whose configuration has an entry a layer, and some whose layers stand in odd places.
STUDENTS = (
    *(
        "albert",
        "beam",
        "cohere2",
        "exaone4",
        "flaubert",
        "gemma2",
        "gemma3_text",
        "gpt_neo",
        "gpt_oss",
        "granite_swa",
        "lfm2",
        "longformer",
    ),
    *(
        "mamba",
        "modernbert",
        "nemotron_h",
        "olmo3",
        "qwen3",
        "qwen3_5_text",
        "recurrent_gemma",
        "reformer",
        "rwkv",
        "smollm3",
        "squeezebert",
        "xlm",
    ),
)
NO_STUDENT = ("funnel", "gemma3n_text", "jamba")


def stacks(model: Any, layers: int = LAYERS) -> list[Any]:
    """Lists of blocks by their modules: those of so many entries that stand in no other such list."""
    lists = {
        name: module for name, module in model.named_modules() if type(module).__name__ == "ModuleList" and len(module) == layers
    }
    return [one for name, one in lists.items() if not any(name.startswith(f"{other}.") for other in lists)]


@pytest.fixture(scope="module")
def on_meta() -> Any:
    """Encoders without memory for their weights, each made once."""
    import torch

    made: dict[str, Any] = {}

    def make(name: str) -> Any:
        if name not in made:
            with torch.device("meta"):
                made[name] = encoder(build(name))
        return made[name]

    return make


@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNUSUAL])
def test_layers_are_those_of_the_modules(name: str, on_meta: Any) -> None:
    """Each parameter of block i is one of layer i, and no other has a layer; what looks words up stands before the first."""
    model = on_meta(name)
    numbers: dict[int, int] = {}  # what several blocks share (Zamba) is the first one's
    for stack in stacks(model):
        for number, block in enumerate(stack, 1):
            for value in block.parameters():
                numbers.setdefault(id(value), number)
    parameters = dict(model.named_parameters())
    found = names_of.places(parameters)
    assert {key: place.layer for key, place in found.items() if place.layer > 0} == {
        key: numbers[id(value)] for key, value in parameters.items() if id(value) in numbers
    }
    assert all(names_of.is_parameter(key) for key, value in parameters.items() if value.requires_grad)
    tables = [
        key for key, module in model.named_modules() if type(module).__name__ == "Embedding" and id(module.weight) not in numbers
    ]
    assert all(found[f"{key}.weight"].part == names_of.EMBEDDINGS for key in tables if f"{key}.weight" in found)


@pytest.mark.parametrize("name", SAVED)
def test_parts_of_a_file_add_up_to_the_models_parameters(name: str, tmp_path: Path) -> None:
    model = build(name)
    model.save_pretrained(tmp_path)
    parts = parameters_by_part(sorted(tmp_path.glob("*.safetensors")))
    assert sum(parts.values()) == model.num_parameters()
    read = encoder(model)
    wanted: Counter[str] = Counter()
    for stack in stacks(read):
        wanted.update({f"layer {number}": sum(p.numel() for p in block.parameters()) for number, block in enumerate(stack, 1)})
    assert {part: count for part, count in parts.items() if part.startswith("layer ")} == wanted
    assert parts.get("decoder", 0) == sum(p.numel() for p in model.parameters()) - sum(p.numel() for p in read.parameters())


@pytest.mark.parametrize("name", BIASED)
def test_a_bias_is_what_a_module_adds_to_its_output(name: str) -> None:
    """Moved by one, the bias of a module moves each of its outputs by one; and every parameter that does so is one in the table."""
    import torch

    model = encoder(build(name))
    heard: dict[str, tuple[Any, ...]] = {}
    named = {
        key: module for key, module in model.named_modules() if isinstance(getattr(module, "bias", None), torch.nn.Parameter)
    }
    for key, module in named.items():
        module.register_forward_hook(lambda _module, inputs, output, key=key: heard.update({key: (inputs, output)}))
    with torch.no_grad():
        model(input_ids=torch.arange(4, 12)[None], attention_mask=torch.ones(1, 8, dtype=torch.long))
        moved = {f"{key}.bias" for key in heard if _moves(named[key], *heard[key])}
    additive = {parameter.name for parameter in inventory(model).biases}
    assert moved, "the reference finds some"
    assert moved <= additive
    assert {key for key in additive if key.removesuffix(".bias") in heard} <= moved


def _moves(module: Any, inputs: tuple[Any, ...], output: Any) -> bool:
    import torch

    before = output[0] if isinstance(output, tuple) else output
    module.bias += 1.0
    after = module(*inputs)
    module.bias -= 1.0
    after = after[0] if isinstance(after, tuple) else after
    return bool(torch.allclose(after - before, torch.ones_like(before), atol=1e-4))


@pytest.mark.parametrize("name", STUDENTS)
def test_a_students_layers_are_the_teachers_that_it_begins_as(name: str) -> None:
    import torch

    teacher = encoder(build(name))
    student = shrunk(teacher, 2, None, 0)
    chosen = (2, 3)  # of three layers, by the map
    for own, other in zip(stacks(student, 2), stacks(teacher), strict=True):
        for block, number in zip(own, chosen, strict=True):
            has = other[number - 1].state_dict()
            both = block.state_dict().keys() & has.keys()
            assert [key for key in both if not torch.equal(block.state_dict()[key], has[key])] == [], number
            assert len(both) > len(has) // 2
    for entry, value in teacher.config.to_dict().items():
        if entry in ("layer_types", "attention_window", "no_rope_layers", "attention_layers", "mlp_layer_types", "attn_layers"):
            assert list(student.config.to_dict()[entry]) == [value[number - 1] for number in chosen]
    ids = torch.arange(4, 12)[None]
    with torch.no_grad():
        student(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            **({"use_cache": False} if hasattr(student.config, "use_cache") else {}),
        )


@pytest.mark.parametrize("name", NO_STUDENT)
def test_what_cannot_be_cut_by_layers_is_one_sentence(name: str) -> None:
    teacher = encoder(build(name))
    with pytest.raises(BadInput, match=r"ask for all 3 layers, or give a --student\.$") as refusal:
        shrunk(teacher, 2, None, 0)
    assert "\n" not in str(refusal.value)
