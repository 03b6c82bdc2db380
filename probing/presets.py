"""Three sizes of a run: how many sentences, seeds and tasks. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

    def choose(self, offers: Iterable[AvailableTask], families: Sequence[str]) -> tuple[str, ...]:
        """The first tasks of `offers` (in order, see `place`) for these probe families: each family gets a task that it can answer.

        Tasks with too few items are left out where there are others. Reads no more offers than it needs. Raises BadInput where no task is left.
        """
        waiting = {name: probes.FAMILIES.get(name) for name in families}
        asked = list(waiting.values())
        chosen: list[str] = []
        few: list[str] = []
        for offer in offers:
            if len(chosen) >= self.tasks and not waiting:
                break
            task = tasks.get_task(offer.name)
            if offer.reason_not is not None or not any(probes.answers(family, task) for family in asked):
                continue
            served = [name for name, family in waiting.items() if probes.answers(family, task)]
            if offer.too_few:
                few.append(offer.name)
            elif len(chosen) < self.tasks or served:
                chosen.append(offer.name)
                for name in served:
                    del waiting[name]
        if not chosen and not few:
            raise BadInput(f"The corpus has no task for {' or '.join(families)} probes: choose another probe family.")
        return tuple(chosen or few[:1])


def place(offer: AvailableTask) -> int:
    """Where a task stands among those of a corpus: a key to sort by."""
    return ORDER.index(offer.name) if offer.name in ORDER else len(ORDER)


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
