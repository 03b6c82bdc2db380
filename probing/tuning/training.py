"""The training loop: AdamW, warm-up and linear decay, clipping, the best dev weights, states to go on from. Imports torch at its top.

Everything a step does depends on its number, the seed and the weights: batches and dropout are drawn anew from (seed, step), so that
training which goes on from a state ends with the weights of one that was never stopped.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from cache import files
from probing.errors import BadInput
from probing.tuning.sampled import SampledValues

WARMUP = 0.1  # of all steps
CLIP = 1.0  # norm of the gradient, all parameters together
STATE = "state.safetensors"


@dataclass(frozen=True)
class TrainingSchedule:
    """How long and how fast. Dev is evaluated, and the state saved, every `every` steps and at the end."""

    steps: int
    every: int
    seed: int


class DevEvaluation(NamedTuple):
    """Score and loss of the present weights on dev. The highest score is best; of equal scores, the lowest loss."""

    score: float
    loss: float


class Tick(NamedTuple):
    """The progress of a training; `seconds_left` is estimated from the steps so far."""

    step: int
    steps: int
    loss: float
    best: float
    seconds_left: float
    looks: list[dict[str, float]]  # of the history so far


class Diverged(BadInput):
    """A loss that is no longer a number."""


Watch = Callable[[Tick], None]  # called after every step; may raise to stop


@dataclass
class History:
    """The terms of the loss (means since the last evaluation) and dev's score at each evaluation, and the best step."""

    looks: list[dict[str, float]] = field(default_factory=list)
    best: int = 0
    seconds: float = 0.0


class ParameterGroup(NamedTuple):
    """Parameters that train at one rate, by name."""

    parameters: Mapping[str, nn.Parameter]
    rate: float


@dataclass
class Training:
    """One training. `loss(step)` gives the terms, whose sum is what falls; `evaluate()` looks at dev.

    `sampled`, where single values train, holds the vector of one of the groups to them. `state` is the folder of what it goes on from, None to
    keep nothing.
    """

    groups: list[ParameterGroup]
    sampled: SampledValues | None
    module: nn.Module
    loss: Callable[[int], dict[str, Tensor]]
    evaluate: Callable[[], DevEvaluation]
    schedule: TrainingSchedule
    state: Path | None

    def __post_init__(self) -> None:
        self.parameters = {name: value for group in self.groups for name, value in group.parameters.items()}
        # No weight decay: what has no gradient must not move by a bit, in any method. Fused: its step over a whole encoder takes a sixth.
        self.adam = torch.optim.AdamW(
            [{"params": list(g.parameters.values()), "lr": g.rate} for g in self.groups],
            betas=(0.9, 0.999),
            weight_decay=0.0,
            fused=True,
        )
        self.history = History()
        self.best: dict[str, Tensor] = {}
        self.evaluation = DevEvaluation(-math.inf, math.inf)

    def run(self, watch: Watch) -> History:
        """Train, and restore the weights with the best dev score. Raises Diverged where the loss is no longer a number."""
        step, began, terms = self._resume(), time.monotonic(), list[dict[str, float]]()
        first, before = step, self.history.seconds
        while step < self.schedule.steps:
            loss = self._step(step, terms)
            step += 1
            if step % self.schedule.every == 0 or step == self.schedule.steps:
                self._evaluate(step, terms)
                self.history.seconds = before + time.monotonic() - began
                self._save_state(step)
            seconds_a_step = (time.monotonic() - began) / (step - first)
            left = seconds_a_step * (self.schedule.steps - step)
            watch(Tick(step, self.schedule.steps, loss, self.evaluation.score, left, self.history.looks))
        with torch.no_grad():
            for name, value in self.best.items():
                self.parameters[name].copy_(value)
        self._put_sampled()
        self.history.seconds = before + time.monotonic() - began
        return self.history

    def _step(self, step: int, terms: list[dict[str, float]]) -> float:
        self.module.train()
        with torch.random.fork_rng():
            torch.manual_seed(self.schedule.seed * 1_000_003 + step)
            found = self.loss(step)
        total = torch.stack(list(found.values())).sum()
        if not torch.isfinite(total):
            raise Diverged(
                f"The loss is no longer a number at step {step + 1:,}: take a smaller --lr; nothing was written, and what was there is whole."
            )
        self.adam.zero_grad()
        total.backward()
        if self.sampled is not None:
            self.sampled.gather()
        # Over what trains: of single values their own gradients alone.
        nn.utils.clip_grad_norm_(list(self.parameters.values()), CLIP)
        for group, wanted in zip(self.adam.param_groups, self.groups, strict=True):
            group["lr"] = wanted.rate * rate_factor(step, self.schedule.steps)
        self.adam.step()
        self._put_sampled()
        terms.append({name: float(value.detach()) for name, value in found.items()})
        return float(total.detach())

    def _put_sampled(self) -> None:
        """Write sampled values into the weights, after anything that changes them."""
        if self.sampled is not None:
            self.sampled.scatter()

    def _evaluate(self, step: int, terms: list[dict[str, float]]) -> None:
        self.module.eval()
        with torch.no_grad():
            evaluation = self.evaluate()
        if not math.isfinite(evaluation.loss):
            raise Diverged(f"Dev's loss is no longer a number at step {step:,}: take a smaller --lr; nothing was written.")
        means = {name: sum(one[name] for one in terms) / len(terms) for name in terms[0]}
        terms.clear()
        self.history.looks.append({"step": step, **means, "dev_score": evaluation.score, "dev_loss": evaluation.loss})
        if (evaluation.score, -evaluation.loss) > (self.evaluation.score, -self.evaluation.loss):
            self.evaluation, self.history.best = evaluation, step
            self.best = {name: value.detach().clone() for name, value in self.parameters.items()}

    def _save_state(self, step: int) -> None:
        """Write the state whole or not at all. Raises StoreError where the disk is full; the state before it stays."""
        if self.state is None:
            return
        tensors = {f"now/{name}": value.detach() for name, value in self.parameters.items()}
        tensors |= {f"best/{name}": value for name, value in self.best.items()}
        for name, value in self.parameters.items():
            if held := self.adam.state.get(value):
                tensors |= {f"mean/{name}": held["exp_avg"], f"square/{name}": held["exp_avg_sq"], f"steps/{name}": held["step"]}
        saved = {
            "step": step,
            "history": asdict(self.history),
            "judged": list(self.evaluation),
            "schedule": asdict(self.schedule),
        }
        part = files.temporary(self.state, STATE)
        with files.writing("the state of the training", part):
            self.state.mkdir(parents=True, exist_ok=True)
            save_file({name: value.contiguous() for name, value in tensors.items()}, part, metadata={"told": json.dumps(saved)})
            os.replace(part, self.state / STATE)

    def _resume(self) -> int:
        """The step to go on from; 0 where no sound state of this schedule is kept."""
        found = self._read()
        if found is None:
            return 0
        saved, tensors = found
        self.history, self.evaluation = History(**saved["history"]), DevEvaluation(*saved["judged"])
        self.best = {name.removeprefix("best/"): value for name, value in tensors.items() if name.startswith("best/")}
        with torch.no_grad():
            for name, value in self.parameters.items():
                value.copy_(tensors[f"now/{name}"])
                if f"mean/{name}" in tensors:
                    self.adam.state[value] = {
                        "step": tensors[f"steps/{name}"],
                        "exp_avg": tensors[f"mean/{name}"].to(value.device),
                        "exp_avg_sq": tensors[f"square/{name}"].to(value.device),
                    }
        self._put_sampled()
        return int(saved["step"])

    def _read(self) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
        if self.state is None:
            return None
        files.clean(self.state)
        try:
            with safe_open(self.state / STATE, framework="pt") as file:
                saved = json.loads(file.metadata()["told"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError, ValueError, KeyError, TypeError):
            return None
        fits = saved.get("schedule") == asdict(self.schedule) and {f"now/{name}" for name in self.parameters} <= tensors.keys()
        return (saved, tensors) if fits else None


def rate_factor(step: int, steps: int) -> float:
    """What the rate is multiplied by at `step` (from 0): up over the first tenth, then down in a line, to 0 behind the last step."""
    up = max(1, round(WARMUP * steps))
    return (step + 1) / up if step < up else (steps - step) / max(1, steps - up)
