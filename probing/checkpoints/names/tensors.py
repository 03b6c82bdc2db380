"""What the name of a tensor says: its layer, its part of the model, its early name, whether it is a parameter and whether a bias."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

EMBEDDINGS, LAYERS, DECODER, OTHER = "embeddings", "layers", "decoder", "other"
FRONT, BEHIND = 0, -1  # layers of embeddings, and of what belongs to no layer

# What lists of blocks are called. A layer of XLM stands in several lists at once, one for each of its modules.
ALONE = ("layers?", "h", "blocks?", "transformer_blocks", "resblocks", "conformer_layers")
BESIDE = ("attentions", "ffns", r"layer_norm1", r"layer_norm2", r"layer_norm15", "encoder_attn")
# ALBERT's groups have inner layers, Funnel's blocks too: there two numbers name a layer.
NUMBERED = re.compile(
    rf"(?:^|\.)(?:(?:albert_layer_groups\.(\d+)\.albert_layers|blocks\.(\d+))\.(\d+)|({'|'.join(ALONE + BESIDE)})\.(\d+))\.(?=[^.])"
)
# What stands before the first layer. `embed_out` is GPT-NeoX's way back to words, `embedding_norm` LFM2's norm behind its last layer.
EMBEDDING = re.compile(
    r"embed(?!_out|ding_norm)|(?:^|[._])emb(?=[._])(?!_layer_norm_after)|(?:^|\.)(?:wte|wpe|shared|project_in)\.|(?:^|\.)w\.weight$|relative_attention_bias|relative_bias\."
)
FORMERLY = re.compile(r"embed|(?:^|\.)(?:wte|wpe|shared)\.")  # the same as earlier releases had it
ENCODER_SIDE, DECODER_SIDE = re.compile(r"(?:^|\.)encoder\."), re.compile(r"(?:^|\.)decoder\.")
OTHER_SENSES = re.compile(r"(?:^|\.)(?:vision|visual|image|audio|speech|video)")

# What checkpoints hold beside their parameters: masks, positions that are computed, statistics, ranges of quantisation.
BUFFER = re.compile(
    r"(?:^|\.)(?:"
    r"(?:attn|attention|self_attn|crossattention)\.(?:bias|masked_bias|causal_mask|embed_positions)"
    r"|\w*inv_freq|inv_timescales|position_ids|token_type_ids|relative_position_index|embed_scale|pos_encoding|pos_enc|pe"
    r"|(?:embed_positions|position_embeddings?)\.weights|rotary_emb\.embed_positions|rotary_emb\.\w*(?:cos|sin)\w*"
    r"|running_mean|running_var|num_batches_tracked"
    r"|act_scaling_factor|x_min|x_max|bias_integer|weight_integer|fc_scaling_factor|weight_scaling_factor|LayerNorm\.shift"
    r"|(?:input|output)_(?:min|max)|act_fn\.(?:beta|eps)|e_score_correction_bias|mup_vector"
    r"|slope_rate|query_decay|key_decay|diagonal_decay|softcap|gradient_clipping|normalizer"
    r")$"
)
# Norms' weight and bias in files of early BERTs; transformers renames these as it loads, and no others.
EARLY = re.compile(r"(?<=LayerNorm\.)(?:gamma|beta)$")
MODERN = {"gamma": "weight", "beta": "bias"}
# Parameters that are added to a product or a norm: `bias`, and those of maps that are written out in a module of more.
ADDITIVE = {
    *("bias", "q_bias", "v_bias", "in_proj_bias", "dense_bias", "gate_up_proj_bias", "down_proj_bias"),
    *("dt_bias", "input_gate_bias", "recurrent_gate_bias"),
}


# Heads that some encoders carry and no state passes through.
HEAD = re.compile(r"(?:^|\.)contact_head\.")


@dataclass(frozen=True)
class Place:
    """Where a tensor stands. `layer` is 1 to L, 0 for embeddings, -1 for what belongs to no layer of the encoder.

    `kind` is what the name says beside the layer's number, `pattern` the name with * for the number; both are the whole name where there is
    none. Layers that share weights (ALBERT) count once.
    """

    part: str
    layer: int
    kind: str
    pattern: str

    @property
    def label(self) -> str:
        """The part as it is shown: embeddings, `layer 1` … `layer L`, decoder or other."""
        return f"layer {self.layer}" if self.part == LAYERS else self.part


def places(names: Collection[str]) -> dict[str, Place]:
    """Where each tensor of one checkpoint stands; the names are all that it has, since it depends on the others which list is the encoder's.

    The layers are the longest list of blocks. The decoder beside an encoder is a part of its own; so is what sees or hears beside what reads.
    """
    found = {name: _Numbered.read(name) for name in names}
    lists = _lists(found.values())
    paired = any(map(ENCODER_SIDE.search, lists)) and any(map(DECODER_SIDE.search, lists))
    own = [name for name in lists if not (paired and DECODER_SIDE.search(name))]
    own = [name for name in own if not OTHER_SENSES.search(name)] or own
    longest = max((len(lists[name]) for name in own), default=0)
    main = [name for name in own if len(lists[name]) == longest]
    numbers = sorted(set().union(*(lists[name] for name in main)))
    # One number is the layer's own, so that a file which lacks some layers is read right; of two, their order is.
    layer = {number: number[0] + 1 if len(number) == 1 else order for order, number in enumerate(numbers, 1)}

    def place(name: str, one: _Numbered | None) -> Place:
        if paired and DECODER_SIDE.search(name):
            return Place(DECODER, BEHIND, name, name)
        if one is not None:
            return (
                Place(LAYERS, layer[one.number], one.rest, one.pattern) if one.list in main else Place(OTHER, BEHIND, name, name)
            )
        return Place(EMBEDDINGS, FRONT, name, name) if EMBEDDING.search(name) else Place(OTHER, BEHIND, name, name)

    return {name: place(name, one) for name, one in found.items()}


def lists(names: Iterable[str]) -> dict[str, Counter[tuple[int, ...]]]:
    """The lists of blocks in these names, by the text before a block's number: how many tensors each number has."""
    return _lists(map(_Numbered.read, names))


def _lists(found: Iterable[_Numbered | None]) -> dict[str, Counter[tuple[int, ...]]]:
    counts: dict[str, Counter[tuple[int, ...]]] = {}
    for one in found:
        if one is not None:
            counts.setdefault(one.list, Counter())[one.number] += 1
    return counts


@dataclass(frozen=True)
class _Numbered:
    """A name with a number: the list it stands in, its number there (or two), what the name says beside them, and the name without them."""

    list: str
    number: tuple[int, ...]
    rest: str
    pattern: str

    @classmethod
    def read(cls, name: str) -> _Numbered | None:
        found = NUMBERED.search(name)
        if found is None:
            return None
        group, block, inner, word, number = found.groups()
        numbers = (number,) if number is not None else (group or block, inner)
        first = found.start(5) if number is not None else found.start(1 if group is not None else 2)
        rest = name[found.end() :]
        kind = f"{word}.{rest}" if word in BESIDE else rest
        return cls(name[:first], tuple(map(int, numbers)), kind, f"{name[:first]}*.{rest}")


def modern(name: str) -> str:
    """The name under which transformers loads a tensor."""
    return EARLY.sub(lambda found: MODERN[found[0]], name)


def read_otherwise(names: Collection[str]) -> bool:
    """Whether releases before this table took some of a checkpoint's tensors for something else, so that their results differ."""

    def other(name: str, place: Place) -> bool:
        if modern(name) != name or not is_parameter(name):
            return True
        if found := NUMBERED.search(name):
            return place.layer == BEHIND or found[4] in BESIDE or found[1] not in (None, "0")
        return (place.layer == FRONT) != bool(FORMERLY.search(name))

    return any(other(name, place) for name, place in places(names).items())


def is_parameter(name: str) -> bool:
    """Whether a floating-point tensor of that name is a parameter, and no buffer that was saved beside them."""
    return BUFFER.search(name) is None


def is_additive(name: str) -> bool:
    """Whether a parameter is a bias that is added to a product (of a linear map or a convolution) or to a norm."""
    return name.rpartition(".")[2] in ADDITIVE


def without_prefix(names: Iterable[str], wanted: Collection[str]) -> dict[str, str]:
    """Each name → the same without its first component where that is one of `wanted`: a checkpoint that was saved with a head begins
    the names of its encoder with the model's own (`bert.encoder…`)."""
    return {name: rest if (rest := name.partition(".")[2]) in wanted else name for name in names}
