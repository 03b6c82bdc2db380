"""Three sizes of a run: how many sentences, seeds and tasks. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from probing import probes, tasks
from probing.errors import BadInput
from probing.tasks.available import AvailableTask

# Which tasks come first: words before sentences, and of each those that differ most from one another.
ORDER = (
    *("upos", "deprel", "sentence_length", "head_distance", "tree_depth", "xpos"),
    *("word_depth", "subj_number", "past_present", "head_direction", "feats:Number", "feats:Tense"),
)


@dataclass(frozen=True)
class Preset:
    """Sentences of train and of each other split (None: all), seeds, and how many tasks at most."""

    name: str
    train: int | None
    others: int | None
    seeds: int
    tasks: int

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of a RunSpec that it sets whatever the corpus."""
        return {"max_train": self.train, "max_dev": self.others, "max_test": self.others, "seeds": self.seeds}

    def choose(self, offers: Sequence[AvailableTask], families: Sequence[str]) -> tuple[str, ...]:
        """Tasks for a corpus that has `offers`, and these probe families: each family gets a task that it can answer.

        Tasks with too few items are left out where there are others. Raises BadInput where no task is left.
        """
        asked = [probes.FAMILIES.get(name) for name in families]
        able = [o.name for o in offers if o.reason_not is None and any(probes.answers(f, tasks.get_task(o.name)) for f in asked)]
        few = {offer.name for offer in offers if offer.too_few}
        able.sort(key=lambda name: (name in few, ORDER.index(name) if name in ORDER else len(ORDER)))
        if not able:
            raise BadInput(f"The corpus has no task for {' or '.join(families)} probes: choose another probe family.")
        chosen = [name for name in able if name not in few][: self.tasks] or able[:1]
        for family in asked:
            own = [name for name in able if probes.answers(family, tasks.get_task(name))]
            if own and not set(own) & set(chosen):
                chosen.append(own[0])
        return tuple(chosen)


PRESETS = {
    preset.name: preset
    for preset in (
        Preset("quick", 1000, 500, 1, 1),
        Preset("standard", 3000, 1000, 3, 4),
        Preset("full", None, None, 5, 12),
    )
}


def preset_named(name: str) -> Preset:
    """Raises BadInput for an unknown one."""
    if name not in PRESETS:
        raise BadInput(f"The preset {name!r} is unknown: choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]
