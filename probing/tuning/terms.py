"""The terms of a distillation's loss as a user names them, and what each needs of the teacher. No torch at import."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from probing.errors import BadInput

SEPARATORS = re.compile(r"\s*\+\s*")


class Term(NamedTuple):
    """A term of the loss. `needs`: head (of the teacher), labels (of the data), width (the same in both), scores (of attention)."""

    name: str
    needs: tuple[str, ...]
    unit: str  # of its value in the table
    says: str
    source: str


TERMS = {
    term.name: term
    for term in (
        Term("hard", ("labels",), "bits", "cross-entropy with the data's labels", "Devlin et al. 2019"),
        Term("soft", ("head",), "bits", "T² KL(teacher ‖ student) of logits at T = 2", "Hinton et al. 2015; DistilBERT; PKD"),
        Term("soft_ce", ("head",), "bits", "cross-entropy with the teacher's probabilities", "TinyBERT"),
        Term("hidden", (), "squared error", "mean squared error of states through a learned matrix", "TinyBERT"),
        Term("attention", ("scores",), "squared error", "mean squared error of attention scores before the softmax", "TinyBERT"),
        Term("cosine", ("width",), "1 − cosine", "1 − cosine of the top states", "DistilBERT"),
        Term("pkd", ("width",), "squared error", "squared distance of first tokens' normalised states below the top", "PKD"),
    )
}
LACKING = {
    "head": "the teacher has no head that answers this task: fine-tune it first, or leave {0} out",
    "labels": "without --task the data have no labels: name one, or leave {0} out",
    "width": "teacher and student have another width, and {0} compares states one by one: take hidden, which learns a matrix",
    "scores": "how this architecture comes to its attention scores is not known here: leave {0} out",
}
GENERAL = ("hidden", "attention")
SPECIFIC = (*GENERAL, "soft", "hard")


def read(text: str | None, available: Collection[str]) -> dict[str, float]:
    """Weights by term: 5*soft+cosine. None: all the usual ones that can be had, `available` what teacher and data have.

    Raises BadInput for an unknown term, an ill-formed weight, and what the teacher cannot give.
    """
    if text is None:
        usual = SPECIFIC if "labels" in available else GENERAL
        return {name: 1.0 for name in usual if set(TERMS[name].needs) <= set(available)}
    found: dict[str, float] = {}
    for part in SEPARATORS.split(text.strip()):
        weight, star, name = part.rpartition("*")
        name = name.strip()
        if name in ("mlm", "masked"):
            raise BadInput(
                "The term mlm needs a teacher with a trained head for masked words, and encoders here have none: leave it out."
            )
        if name not in TERMS:
            raise BadInput(f"{name!r} is no term of a distillation's loss: known are {', '.join(TERMS)}.")
        if name in found:
            raise BadInput(f"The term {name} stands twice in --loss: give it once, with a weight such as 2*{name}.")
        found[name] = _weight(weight.strip(), part) if star else 1.0
        if lacking := [need for need in TERMS[name].needs if need not in available]:
            raise BadInput(f"The term {name} cannot be had: {LACKING[lacking[0]].format(name)}.")
    return found


def _weight(text: str, part: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise BadInput(f"{part!r} has no weight above 0 before its *: write it as in 5*soft.")
    return value
