"""What a method of fine-tuning is: which of an encoder's parameters train, and how. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from probing import versions
from probing.errors import BadInput
from probing.numerals import whole
from probing.registry import Card, Registry
from probing.tuning.parameters import Inventory

NEAREST = "take layernorm, which trains the norms' weights, or top:1"  # of BitFit, where there are no biases
# Rates are Adam's, after warm-up, falling to zero. Measured on dev of SNIPS (512 train sentences, 100 steps of 16, minilm-l6, one seed): intent
# accuracy and slot F1. The head's is one in every method, since it begins at random in all and methods are to differ in the encoder alone: alone
# it comes to .45 and .36 at 1e-3, and to .73 and .46 at 5e-3. A lower rate would measure the head and not the method.
HEAD_RATE = 5e-3


class Rate(NamedTuple):
    """A rate of the encoder's parameters, and the reason for it."""

    value: float
    reason: str


DISTILL_RATE = Rate(3e-4, "that of full fine-tuning: every parameter of the student trains")


@dataclass(frozen=True)
class Choice:
    """What trains beside the head: the tensors `names`, and what is special about them.

    `sampled`: only so many of their values, drawn at random. `rank`: they stay, and a product of two matrices of that rank is added to
    each. `tree`: the loss of a trained tree probe of that layer is added to the task's.
    """

    names: tuple[str, ...]
    sampled: int | None = None
    rank: int | None = None
    tree: int | None = None


@dataclass(frozen=True, kw_only=True)
class Method(Card):
    """A registered method, its card among it. `choose(argument, inventory)` says what trains and raises BadInput in one sentence;
    `argument` is what stands behind the colon of bitfit:query+intermediate, "" where nothing does. `rate` is the learning rate where none
    is named.

    `asks` tells what the argument is, "" for a method that has none; `needed`: whether it may not be left out. `sparse` products are kept
    as what changed.
    """

    choose: Callable[[str, Inventory], Choice]
    rate: Rate
    sparse: bool = True
    asks: str = ""
    needed: bool = False


def trained(choice: Choice, whole: Inventory) -> tuple[list[str], int]:
    """(names, how many values) of the encoder that train; of a low rank the two matrices beside each tensor."""
    if choice.rank is not None:
        shapes = {parameter.name: parameter.shape for parameter in whole.parameters}
        count = sum(choice.rank * sum(shapes[name]) for name in choice.names)
        return [f"{name}.{part}" for name in choice.names for part in ("a", "b")], count
    return list(choice.names), choice.sampled if choice.sampled is not None else whole.counted(choice.names)


METHODS: Registry[Method] = Registry("tuning method")


def versions_of(method: str | None) -> versions.Versions:
    """Of a training: its method (None: distillation) and the measures of its scores."""
    used = METHODS.versions([method]) if method else {}
    return versions.of_rows("training") | ({"methods": used} if used else {})


def method_of(text: str) -> tuple[Method, str]:
    """The method and its argument. Raises BadInput for an unknown one, and for an argument too many or too few."""
    name, colon, argument = text.strip().partition(":")
    method, argument = METHODS.get(name), argument.strip()
    if colon and not method.asks:
        raise BadInput(f"The method {name} takes nothing behind a colon: write {name}.")
    if not argument and (colon or method.needed):
        raise BadInput(f"The method {text!r} lacks {method.asks}: write {method.card.title}.")
    return method, argument


def number(argument: str, least: int, most: int, what: str) -> int:
    """A whole number of an argument. Raises BadInput with its bounds."""
    found = whole(argument)
    if found is None or not least <= found <= most:
        raise BadInput(f"{what} is {argument!r}: give a whole number from {least} to {most}.")
    return found
