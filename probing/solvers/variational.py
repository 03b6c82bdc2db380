"""Bayesian compression: networks with two hidden layers that pay for every weight they keep, many side by side.

What is lowered is the bound E_q[−ln p(gold | w, z)] + β/N · KL(q ‖ prior) in nats, a mean over the N train items, with β rising to 1.
Louizos, Ullrich & Welling 2017 (arXiv 1705.08665), the group normal-Jeffreys prior, not centred. Each input unit of a layer has a scale
z ~ N(m, s²) and its weights are z w, w ~ N(mean, variance); what an activation becomes of that is sampled for each item (local
reparameterisation). The cost of the weights and biases is their KL to N(0, 1); that of a scale is the approximation of Molchanov,
Ashukha & Vetrov 2017 (arXiv 1701.05369), which is 0 for a scale that is all noise. P problems, B items, D inputs, H hidden units, K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, pi

import numpy as np
import torch
from torch import Tensor

from probing.solvers.arithmetic import products
from probing.solvers.batches import AHEAD, Order

WEIGHTS, NOISE = 1 << 32, 1 << 33  # added to the seed: neither initial weights nor noise are the draws that order the items
K1, K2, K3 = 0.63576, 1.87320, 1.48695  # of the approximation
TINY = 1e-8  # added to m², which may be 0
PRUNED = 3.0  # log(s² / m²) from which a unit counts as pruned, as in Molchanov et al.: 95 % of it is noise
TOGETHER = 8  # networks that step together: bounds the memory
ROWS = 2048  # items whose costs are sampled at a time
LN_2 = float(np.log(2.0))


@dataclass(frozen=True)
class Annealing:
    """How long and how fast. Nothing is chosen on dev: the number of steps is given, and the bound is all that is minimised."""

    batch: int = 256
    steps: float = 16.0  # times the square root of the train items
    least: int = 600  # steps
    warm: float = 0.1  # share of the steps over which the rates and the weight of the KL rise to their full height
    rate: float = 4e-2  # of means; both rates fall to 0 along a cosine
    rate_of_variances: float = 1e-1  # of log variances, which have further to go
    log_variance: float = -6.0  # of scales, weights and biases at the start
    samples: int = 8  # draws from the posterior, an item, over which the data's cost is averaged

    def length(self, items: int) -> int:
        """How many steps."""
        return max(self.least, round(self.steps * items**0.5))


ANNEALING = Annealing()


@dataclass(frozen=True)
class CompressionProblem:
    """One network to train: `labels` [N], -1 where a vector is not in it."""

    labels: np.ndarray
    classes: int
    seed: int

    @property
    def items(self) -> int:
        return int((self.labels >= 0).sum())


@dataclass(frozen=True)
class Compressed:
    """What is left. `layers`: weights [in, out] and bias [out], posterior means, rows of pruned units 0.

    `model` is the KL in bits; `data` [N] the expected bits of each label under the posterior (NaN where it is not in the problem);
    `units` how many input, first and second hidden units are not pruned.
    """

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    model: float
    data: np.ndarray
    units: tuple[int, ...]
    steps: int


@dataclass(frozen=True)
class Layer:
    """A posterior over P maps from I to O numbers: means, and logs of variances.

    `scale`, `scale_log` [P, 1, I]; `weight`, `weight_log` [P, I, O]; `bias`, `bias_log` [P, 1, O].
    """

    scale: Tensor
    scale_log: Tensor
    weight: Tensor
    weight_log: Tensor
    bias: Tensor
    bias_log: Tensor

    @property
    def means(self) -> list[Tensor]:
        return [self.scale, self.weight, self.bias]

    @property
    def logs(self) -> list[Tensor]:
        return [self.scale_log, self.weight_log, self.bias_log]

    @property
    def noise(self) -> Tensor:
        """log(s² / m²) [P, 1, I]: the log dropout rate of each input unit."""
        return self.scale_log - (self.scale.square() + TINY).log()

    def sampled(self, rows: Tensor, normal: Callable[[int], Tensor]) -> Tensor:
        """[P, B, I] → [P, B, O]. `normal(width)` samples [P, B, width]."""
        scaled = rows * (self.scale + (self.scale_log / 2).exp() * normal(rows.shape[2]))
        mean = torch.baddbmm(self.bias, scaled, self.weight)
        variance = torch.baddbmm(self.bias_log.exp(), scaled.square(), self.weight_log.exp())
        return mean + variance.sqrt() * normal(mean.shape[2])

    def divergence(self) -> Tensor:
        """KL(posterior ‖ prior) [P] in nats."""
        own = scale_divergence(self.noise).sum((1, 2))
        return own + sum(
            normal_divergence(mean, log).sum((1, 2)) for mean, log in ((self.weight, self.weight_log), (self.bias, self.bias_log))
        )

    def unpruned(self) -> Tensor:
        """[P, 1, I]: whether a unit is not pruned."""
        return self.noise < PRUNED


def scale_divergence(noise: Tensor) -> Tensor:
    """What a scale costs in nats, by its log dropout rate; elementwise, and 0 in the limit of nothing but noise."""
    return K1 - K1 * torch.sigmoid(K2 + K3 * noise) + torch.nn.functional.softplus(-noise) / 2


def normal_divergence(mean: Tensor, log: Tensor) -> Tensor:
    """KL(N(mean, exp log) ‖ N(0, 1)) in nats; elementwise."""
    return (log.exp() + mean.square() - 1 - log) / 2


def compress(
    rows: Tensor, problems: Sequence[CompressionProblem], width: int, schedule: Annealing, finished: Callable[[int], None]
) -> list[Compressed]:
    """One network of two hidden layers of `width` units a problem, in order. `rows` [N, D]: standardised, fp32, on the device.

    Each draws from its own seed, so that an ensemble changes nothing in its result. `finished(count)` is called now and then with the number
    of networks that are done since it was last called, and may raise.
    """
    results: dict[int, Compressed] = {}
    groups: dict[tuple[int, int], list[int]] = {}
    for index, one in enumerate(problems):
        groups.setdefault((one.items, one.classes), []).append(index)
    for group in groups.values():
        for start in range(0, len(group), TOGETHER):
            some = group[start : start + TOGETHER]
            compression = _Compression(rows, [problems[index] for index in some], width, schedule)
            with products("fast", rows.device):
                compression.run(lambda: finished(0))
            with products("exact"):
                results.update(zip(some, compression.results(), strict=True))
            finished(len(some))
    return [results[index] for index in range(len(problems))]


class _Compression:
    """Networks of as many items and classes: they take the same steps."""

    def __init__(self, rows: Tensor, problems: Sequence[CompressionProblem], width: int, schedule: Annealing) -> None:
        self.rows, self.problems, self.schedule = rows, problems, schedule
        items = problems[0].items
        self.items = items
        self.steps = schedule.length(items)
        self.labels = torch.from_numpy(np.stack([one.labels for one in problems]).astype(np.int64)).to(rows.device)
        self.orders = [Order(torch.from_numpy(np.flatnonzero(one.labels >= 0)), one.seed, schedule.batch) for one in problems]
        self.draws = [torch.Generator(rows.device).manual_seed(one.seed + NOISE) for one in problems]
        self.layers = self._start(rows.shape[1], width)

    def _start(self, inputs: int, width: int) -> list[Layer]:
        """Means of weights sampled, those of the last layer 0 and its bias the shares of train; all variances small."""
        classes = self.problems[0].classes
        draws = [torch.Generator().manual_seed(one.seed + WEIGHTS) for one in self.problems]
        layers: list[Layer] = []
        for ins, outs in ((inputs, width), (width, width), (width, classes)):
            means = [
                torch.ones(len(draws), 1, ins),
                torch.stack([torch.randn(ins, outs, generator=draw) for draw in draws]) * (2 / ins) ** 0.5,
                torch.zeros(len(draws), 1, outs),
            ]
            if len(layers) == 2:
                means[1:] = torch.zeros_like(means[1]), torch.stack([_shares(one) for one in self.problems])[:, None]
            logs = [torch.full_like(mean, self.schedule.log_variance) for mean in means]
            tensors = [x.to(self.rows.device).requires_grad_() for pair in zip(means, logs, strict=True) for x in pair]
            layers.append(Layer(*tensors))
        return layers

    def run(self, tick: Callable[[], None]) -> None:
        schedule = self.schedule
        warm = schedule.warm * self.steps
        groups = [
            {"params": [x for layer in self.layers for x in layer.means], "lr": schedule.rate},
            {"params": [x for layer in self.layers for x in layer.logs], "lr": schedule.rate_of_variances},
        ]
        adam = torch.optim.Adam(groups, fused=True)
        slowing = torch.optim.lr_scheduler.LambdaLR(
            adam, lambda step: min(1.0, (step + 1) / warm) * (1 + cos(pi * step / self.steps)) / 2
        )
        for step in range(self.steps):
            chosen = self._batch(step)
            logits = self._logits(self.rows[chosen])
            gold = self.labels.gather(1, chosen)
            cost = -logits.log_softmax(2).gather(2, gold[:, :, None]).mean((1, 2))
            weight = min(1.0, (step + 1) / warm)
            bound = cost + weight / self.items * self._divergence()
            adam.zero_grad()
            bound.sum().backward()
            adam.step()
            slowing.step()
            tick()

    def _batch(self, step: int) -> Tensor:
        """[P, B]: the items of a step."""
        number, within = divmod(step, AHEAD)
        batch = self.schedule.batch
        sampled = [order.block(number)[within * batch : (within + 1) * batch] for order in self.orders]
        return torch.stack(sampled).to(self.rows.device)

    def _logits(self, rows: Tensor) -> Tensor:
        """[P, B, D] → [P, B, K], one draw from the posterior an item."""

        def normal(width: int) -> Tensor:
            shape = rows.shape[1], width
            return torch.stack([torch.randn(shape, generator=draw, device=rows.device) for draw in self.draws])

        first, second, last = self.layers
        return last.sampled(second.sampled(first.sampled(rows, normal).relu(), normal).relu(), normal)

    def _divergence(self) -> Tensor:
        first, second, last = self.layers
        return first.divergence() + second.divergence() + last.divergence()

    @torch.no_grad()
    def results(self) -> list[Compressed]:
        model = self._divergence().double() / LN_2
        data = self._data()
        unpruned = [layer.unpruned() for layer in self.layers]
        weights = [layer.weight * (layer.scale * mask).mT for layer, mask in zip(self.layers, unpruned, strict=True)]
        units = torch.stack([mask.sum((1, 2)) for mask in unpruned], 1).tolist()
        return [
            Compressed(
                tuple(
                    (w[p].cpu().numpy(), layer.bias[p, 0].cpu().numpy()) for w, layer in zip(weights, self.layers, strict=True)
                ),
                float(model[p]),
                data[p],
                tuple(units[p]),
                self.steps,
            )
            for p in range(len(self.problems))
        ]

    def _data(self) -> np.ndarray:
        """[P, N] bits, the mean over `samples` draws from the posterior."""
        inside = [torch.from_numpy(np.flatnonzero(one.labels >= 0)) for one in self.problems]
        which = torch.stack(inside).to(self.rows.device)
        found = torch.full(self.labels.shape, float("nan"), dtype=torch.float64, device=self.rows.device)
        for start in range(0, self.items, ROWS):
            some = which[:, start : start + ROWS]
            gold = self.labels.gather(1, some)[:, :, None]
            costs = [
                -self._logits(self.rows[some]).log_softmax(2).gather(2, gold)[:, :, 0].double()
                for _ in range(self.schedule.samples)
            ]
            found.scatter_(1, some, torch.stack(costs).mean(0) / LN_2)
        return found.cpu().numpy()


def _shares(one: CompressionProblem) -> Tensor:
    """[K]: logs of the classes' shares, smoothed so that a class which train lacks has one too; their mean is 0."""
    counts = torch.from_numpy(np.bincount(one.labels[one.labels >= 0], minlength=one.classes)).float() + 1
    return counts.log() - counts.log().mean()
