"""Our LoRA against peft's on the same checkpoint: how many values train, what is said, the gradients, some steps of AdamW, and what is merged.

    python -m benchmarks.low_rank [--checkpoint minilm-l6] [--rank 8] [--steps 10]

peft is no requirement of this project: `pip install peft` beside it, in a virtual environment of your own. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import torch

from probing import corpora
from probing.checkpoints import resolve
from probing.checkpoints.trust import trusted
from probing.tuning.batches import ExampleBatch, ExampleTokenizer
from probing.tuning.data import examples
from probing.tuning.low_rank import SCALE, LowRankAdapters
from probing.tuning.method import method_of
from probing.tuning.model import EncoderWithHead, build, cross_entropy
from probing.tuning.parameters import inventory
from probing.tuning.reading import ExampleReader

RATE, BATCH = 2e-3, 16


def theirs(
    model: EncoderWithHead, names: tuple[str, ...], rank: int, begun: dict[str, torch.Tensor]
) -> tuple[Any, dict[str, Any]]:
    """peft's adapter beside the same maps, begun as ours: the wrapped encoder, and its parameters by our names."""
    from peft import LoraConfig, get_peft_model

    modules = [name.removesuffix(".weight") for name in names]
    wrapped = get_peft_model(
        model.encoder, LoraConfig(r=rank, lora_alpha=int(SCALE), lora_dropout=0.0, target_modules=modules, bias="none")
    )
    every = dict(wrapped.named_parameters())
    own = {
        f"{module}.weight.{ours}": every[f"base_model.model.{module}.lora_{part}.default.weight"]
        for module in modules
        for ours, part in (("a", "A"), ("b", "B"))
    }
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(begun[name])
    return wrapped, own


def trained(
    model: EncoderWithHead, own: dict[str, Any], batches: list[ExampleBatch]
) -> tuple[list[torch.Tensor], dict[str, torch.Tensor], float]:
    """A step of AdamW on each batch, dropout off: first logits and first gradients, and seconds a step."""
    model.eval()
    adam = torch.optim.AdamW(own.values(), lr=RATE, weight_decay=0.0)
    first: tuple[list[torch.Tensor], dict[str, torch.Tensor]] | None = None
    began = time.perf_counter()
    for batch in batches:
        adam.zero_grad()
        said = model(batch)
        cross_entropy(said, batch).backward()
        if first is None:
            first = [said.word.detach(), said.states[-1].detach()], {name: value.grad.clone() for name, value in own.items()}
        adam.step()
    assert first is not None, "at least one batch"
    return *first, (time.perf_counter() - began) / len(batches)


def furthest(one: Any, other: Any) -> str:
    """The largest difference, and the largest value it is a difference of."""
    pairs = [(a, b) for a, b in zip(one, other, strict=True)]
    gap, size = max(float((a - b).abs().max()) for a, b in pairs), max(float(a.abs().max()) for a, _ in pairs)
    return f"{gap:.1e} of {size:.2g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", default="minilm-l6")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    torch.set_num_threads(1)
    checkpoint = resolve(options.checkpoint, None)
    asked = examples(corpora.find("grammar", Path()).load(), "tokens", "upos", 512)
    check = trusted(checkpoint, None)
    models = [build(checkpoint, 0, len(asked.tags.known), 0, "cpu", check) for _ in range(2)]
    (our, tokenizer), (their, _) = models
    reader = ExampleReader(asked, ExampleTokenizer(tokenizer, 128, our), "cpu")
    batches = [reader.train_batch(BATCH, step, 0) for step in range(options.steps)]
    names = method_of(f"lora:{options.rank}")[0].choose(str(options.rank), inventory(our.encoder)).names
    beside = LowRankAdapters(our.encoder, names, options.rank, 0)
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():  # a B of zero would hide A
        for name, value in beside.parameters.items():
            if name.endswith(".b"):
                value.normal_(0, 0.02, generator=draw)
    wrapped, other = theirs(their, names, options.rank, {name: value.detach() for name, value in beside.parameters.items()})
    count = sum(value.numel() for value in beside.parameters.values())
    count_there = sum(value.numel() for value in wrapped.parameters() if value.requires_grad)
    with beside:
        said, slopes, seconds = trained(our, beside.parameters, batches)
    said_there, slopes_there, seconds_there = trained(their, other, batches)
    ends = [[value.detach() for value in own.values()] for own in (beside.parameters, {n: other[n] for n in beside.parameters})]
    beside.merge()
    merged = wrapped.merge_and_unload()
    whole = [[model.get_parameter(name).detach() for name in names] for model in (our.encoder, merged)]
    their.encoder = merged
    with torch.no_grad():
        after = [model.eval()(batches[0]) for model in (our, their)]
    print("| of the same A and B | ours | peft |\n|---|---|---|")
    print(f"| values that train | {count:,} | {count_there:,} |")
    print(f"| seconds a step of {BATCH} sentences | {seconds:.3f} | {seconds_there:.3f} |\n")
    print("| largest difference | |\n|---|---|")
    print(f"| logits and top states before a step | {furthest(said, said_there)} |")
    print(f"| gradients of A and B | {furthest(slopes.values(), [slopes_there[name] for name in slopes])} |")
    print(f"| A and B after {options.steps} steps of AdamW | {furthest(*ends)} |")
    print(f"| weights after merging | {furthest(*whole)} |")
    print(f"| logits and top states after merging | {furthest(*[(s.word, s.states[-1]) for s in after])} |")


if __name__ == "__main__":
    main()
