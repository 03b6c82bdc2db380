"""What a model with a head says of whole splits, and how dev judges it. Imports torch at its top."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from probing.tuning.batches import Batch, Coded, Coder, batch, drawn, in_turn
from probing.tuning.data import Example, Examples
from probing.tuning.model import Said, Tuned, cross_entropy
from probing.tuning.scores import Answers, Scored, score
from probing.tuning.training import Judged
from probing.tuning.work import LOOKED

SCORED = 64  # examples of a batch that is only read
COMPARED = 8  # examples whose logits are compared after saving


class Reader:
    """A task's examples in a checkpoint's tokens, read by whatever model shares its tokenizer."""

    def __init__(self, asked: Examples, coder: Coder, device: str) -> None:
        self.asked, self.device = asked, device
        self._coded = {split: coder(some) for split, some in asked.splits.items()}
        self._pad = coder.pad(one for some in self._coded.values() for one in some)

    def drawn(self, count: int, step: int, seed: int) -> Batch:
        """The train batch of a step."""
        chosen = drawn(len(self.asked.splits["train"]), count, step, seed)
        return self._batch(self.asked.splits["train"], self._coded["train"], chosen.tolist())

    def batches(self, split: str) -> list[tuple[list[int], Batch]]:
        """All of a split, by length: which examples, and their batch."""
        coded = self._coded[split]
        turns = (some.tolist() for some in in_turn([len(one.ids) for one in coded], SCORED))
        return [(some, self._batch(self.asked.splits[split], coded, some)) for some in turns]

    def cut(self) -> int:
        """How many words of all splits have no token of their own, because their sentence is too long or they are empty."""
        return sum(
            len(example.forms) - len(set(one.words.tolist()) - {-1})
            for split, some in self.asked.splits.items()
            for example, one in zip(some, self._coded[split], strict=True)
        )

    def judged(self, model: Tuned) -> Judged:
        """Dev's main score, and its loss in nats; of a large dev split those of 500 examples, the same at every look."""
        answers, loss = self._glimpse._answers(model, "dev")
        return Judged(score(self._glimpse.asked, "dev", answers, intervals=False).choice(self.asked.task), loss)

    @cached_property
    def _glimpse(self) -> Reader:
        """What a look reads: ten looks at all of a large dev split would take longer than the training itself."""
        dev = self.asked.splits["dev"]
        if len(dev) <= LOOKED:
            return self
        chosen = np.sort(np.random.default_rng(0).permutation(len(dev))[:LOOKED]).tolist()
        few = copy(self)
        few.asked = replace(self.asked, splits=self.asked.splits | {"dev": [dev[i] for i in chosen]})
        few._coded = self._coded | {"dev": [self._coded["dev"][i] for i in chosen]}
        return few

    def scored(self, model: Tuned, split: str) -> Scored:
        return score(self.asked, split, self._answers(model, split)[0])

    def _answers(self, model: Tuned, split: str) -> tuple[Answers, float]:
        model.eval()
        examples = self.asked.splits[split]
        labels = np.zeros(len(examples), dtype=np.int64)
        # A word that was cut off gets the first tag said most in train, as good a guess as any.
        tags = [np.full(len(example.tags), self._usual) for example in examples if example.tags is not None]
        loss = 0.0
        with torch.inference_mode():
            for chosen, some in self.batches(split):
                said = model(some)
                loss += float(cross_entropy(said, some)) * len(chosen)
                if said.sentence is not None:
                    labels[chosen] = said.sentence.argmax(1).cpu().numpy()
                if said.word is not None:
                    best = said.word.argmax(1).cpu().numpy()
                    for row, example in enumerate(chosen):
                        tags[example][some.word[some.owner == row]] = best[some.owner == row]
        asked = self.asked
        return Answers(labels if asked.classes.known else None, tags if asked.tags.known else None), loss / len(examples)

    @property
    def _usual(self) -> int:
        met = [example.tags for example in self.asked.splits["train"] if example.tags is not None]
        return int(np.bincount(np.concatenate(met)).argmax()) if met else 0

    def sample(self, model: Tuned) -> list[Tensor]:
        """Logits (and the top states) of a few dev sentences: what a saved model has to give again."""
        model.eval()
        count = min(COMPARED, len(self.asked.splits["dev"]))
        with torch.inference_mode():
            said: Said = model(self._batch(self.asked.splits["dev"], self._coded["dev"], list(range(count))))
        return [part for part in (said.sentence, said.word, said.states[-1]) if part is not None]

    def _batch(self, examples: Sequence[Example], coded: Sequence[Coded], chosen: Sequence[int]) -> Batch:
        return batch([examples[i] for i in chosen], [coded[i] for i in chosen], self._pad, self.device)
