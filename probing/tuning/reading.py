"""The predictions of a model with a head on whole splits, and its evaluation on dev. Imports torch at its top."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from probing.tuning.batches import ExampleBatch, ExampleTokenizer, TokenisedExample, batch, in_turn, sampled_positions
from probing.tuning.data import Example, Examples
from probing.tuning.model import EncoderWithHead, HeadOutput, cross_entropy
from probing.tuning.scores import HeadPredictions, HeadScores, score
from probing.tuning.training import DevEvaluation
from probing.tuning.work import EVALUATED

SCORED = 64  # examples of a batch that is only read
COMPARED = 8  # examples whose logits are compared after saving


class ExampleReader:
    """A task's examples in a checkpoint's tokens, read by whatever model shares its tokenizer."""

    def __init__(self, dataset: Examples, coder: ExampleTokenizer, device: str) -> None:
        self.dataset, self.device = dataset, device
        self._coded = {split: coder(some) for split, some in dataset.splits.items()}
        self._pad = coder.pad(one for some in self._coded.values() for one in some)

    def train_batch(self, count: int, step: int, seed: int) -> ExampleBatch:
        """The train batch of a step."""
        chosen = sampled_positions(len(self.dataset.splits["train"]), count, step, seed)
        return self._batch(self.dataset.splits["train"], self._coded["train"], chosen.tolist())

    def batches(self, split: str) -> list[tuple[list[int], ExampleBatch]]:
        """All of a split, by length: which examples, and their batch."""
        coded = self._coded[split]
        turns = (some.tolist() for some in in_turn([len(one.ids) for one in coded], SCORED))
        return [(some, self._batch(self.dataset.splits[split], coded, some)) for some in turns]

    def cut(self) -> int:
        """How many words of all splits have no token of their own, because their sentence is too long or they are empty."""
        return sum(
            len(example.forms) - len(set(one.words.tolist()) - {-1})
            for split, some in self.dataset.splits.items()
            for example, one in zip(some, self._coded[split], strict=True)
        )

    def evaluation(self, model: EncoderWithHead) -> DevEvaluation:
        """Dev's main score, and its loss in nats; of a large dev split those of 500 examples, the same in every evaluation."""
        answers, loss = self._dev_sample._answers(model, "dev")
        return DevEvaluation(score(self._dev_sample.dataset, "dev", answers, intervals=False).choice(self.dataset.task), loss)

    @cached_property
    def _dev_sample(self) -> ExampleReader:
        """What an evaluation reads: ten passes over a large dev split would take longer than the training itself."""
        dev = self.dataset.splits["dev"]
        if len(dev) <= EVALUATED:
            return self
        chosen = np.sort(np.random.default_rng(0).permutation(len(dev))[:EVALUATED]).tolist()
        few = copy(self)
        few.dataset = replace(self.dataset, splits=self.dataset.splits | {"dev": [dev[i] for i in chosen]})
        few._coded = self._coded | {"dev": [self._coded["dev"][i] for i in chosen]}
        return few

    def scored(self, model: EncoderWithHead, split: str) -> HeadScores:
        return score(self.dataset, split, self._answers(model, split)[0])

    def _answers(self, model: EncoderWithHead, split: str) -> tuple[HeadPredictions, float]:
        model.eval()
        examples = self.dataset.splits[split]
        labels = np.zeros(len(examples), dtype=np.int64)
        # A word that was cut off gets the first tag said most in train, as good a guess as any.
        tags = [np.full(len(example.tags), self._usual) for example in examples if example.tags is not None]
        loss = 0.0
        with torch.inference_mode():
            for chosen, some in self.batches(split):
                output = model(some)
                loss += float(cross_entropy(output, some)) * len(chosen)
                if output.sentence is not None:
                    labels[chosen] = output.sentence.argmax(1).cpu().numpy()
                if output.word is not None:
                    best = output.word.argmax(1).cpu().numpy()
                    for row, example in enumerate(chosen):
                        tags[example][some.word[some.owner == row]] = best[some.owner == row]
        dataset = self.dataset
        return HeadPredictions(labels if dataset.classes.known else None, tags if dataset.tags.known else None), loss / len(
            examples
        )

    @property
    def _usual(self) -> int:
        met = [example.tags for example in self.dataset.splits["train"] if example.tags is not None]
        return int(np.bincount(np.concatenate(met)).argmax()) if met else 0

    def sample(self, model: EncoderWithHead) -> list[Tensor]:
        """Logits (and the top states) of a few dev sentences: what a saved model has to give again."""
        model.eval()
        count = min(COMPARED, len(self.dataset.splits["dev"]))
        with torch.inference_mode():
            output: HeadOutput = model(self._batch(self.dataset.splits["dev"], self._coded["dev"], list(range(count))))
        return [part for part in (output.sentence, output.word, output.states[-1]) if part is not None]

    def _batch(self, examples: Sequence[Example], coded: Sequence[TokenisedExample], chosen: Sequence[int]) -> ExampleBatch:
        return batch([examples[i] for i in chosen], [coded[i] for i in chosen], self._pad, self.device)
