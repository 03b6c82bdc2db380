"""Linear probes: multinomial logistic regression, the penalty chosen on dev."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from probing.measures.loss import unseen_share
from probing.probes.family import FAMILIES, FittedProbe, ProbeOptions, Problem
from probing.probes.fitted import Fitted, Ticker, followers, items, refuse_blind, refuse_unfit, restored
from probing.registry import Card

if TYPE_CHECKING:
    from torch import Tensor

    from probing.solvers.convex import Softmax

# λ from strong to weak; before the first stands the prior alone.
GRID = (10.0, 1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6)
# A path ends when dev loss has risen this often in a row, and not before it has beaten the prior: where a strong direction of train
# misleads, dev is worse than the prior until the penalty is weak enough for the directions that hold.
RISES = 2
# How near the optimum, as a share of the loss: along the path, at the penalty chosen, at a fixed one.
LOOSE, FINAL, TIGHT = 3e-4, 1e-5, 3e-7
LIMIT = 300  # evaluations a penalty along the path
LIMIT_TIGHT = 1000  # evaluations at a fixed penalty


class LinearFamily:
    """Mean cross-entropy + λ/2 ‖W‖² on standardised vectors, the bias not penalised; λ by dev loss along GRID."""

    card = Card(
        name="linear",
        title="Linear",
        measures="How much of the task a linear map of the vector answers: multinomial logistic regression.",
        assumes="Vectors are standardised with train's mean and deviation. The penalty λ is chosen on dev loss from "
        "the prior alone and a grid from 10 to 0.000001; probabilities follow the unseen-class rule, (1−e)p + e/K with "
        "e = K/(t+K).",
        misleads="What is there but not linear stays hidden, and with many dimensions a linear map still memorises "
        "words: read selectivity too. A λ at the end of the range says that dev would have gone further. The path ends after two "
        "rises of dev loss once it has beaten the prior, so a second valley beyond them is not seen.",
        source="Alain & Bengio 2016, arXiv 1610.01644; Hewitt & Liang 2019, arXiv 1909.03368",
    )
    seeded = False
    penalised = True
    options: tuple[str, ...] = ()

    def fit(
        self,
        train: np.ndarray,
        dev: np.ndarray,
        problems: Sequence[Problem],
        options: ProbeOptions,
        progress: Callable[[int, int], None],
    ) -> list[FittedProbe]:
        """See `ProbeFamily.fit`. A problem with fewer than 30 dev items takes the first problem's λ.

        A problem of fixed penalty shares the vectors' passes with the first penalty of the path.
        """
        refuse_unfit(train, problems)
        refuse_blind(problems)
        ticker = Ticker(progress, len(problems))
        behind = followers(problems)
        ahead = [index for index in range(len(problems)) if index not in behind]
        fitted: dict[int, FittedProbe] = {}
        path = _Path(train, dev, options.device, ticker)
        for index, probe in zip(ahead, path.choose([problems[index] for index in ahead]), strict=True):
            fitted[index] = probe
        if behind:
            chosen = fitted[0].setting["lambda"]
            for index, probe in zip(behind, path.follow([problems[index] for index in behind], chosen), strict=True):
                fitted[index] = probe
        return [fitted[index] for index in range(len(problems))]

    def restore(self, state: dict[str, np.ndarray], setting: dict[str, float | int | str]) -> FittedProbe:
        return restored(state, setting)


class _Path:
    """Problems on one set of vectors, walked from strong penalties to weak ones, each from the last one's weights."""

    def __init__(self, train: np.ndarray, dev: np.ndarray, device: str, ticker: Ticker) -> None:
        from probing.solvers.convex import Design
        from probing.solvers.standardise import Standardiser

        self.design = Design(train, Standardiser.of(train), device)
        self.dev = self.design.rotated(dev)
        self.ticker = ticker

    def choose(self, problems: Sequence[Problem]) -> list[FittedProbe]:
        """Each problem at the penalty that its dev loss likes best; of equals the strongest."""
        import torch

        going = list(range(len(problems)))
        group = self._softmax(problems)
        theta = group.start()
        prior_loss = self._dev_bits(group, theta, problems)
        best_loss, best = prior_loss.copy(), theta.clone()
        chosen: list[float | str] = ["prior"] * len(problems)
        rises = np.zeros(len(problems), dtype=int)
        for penalty in GRID:
            wanted = torch.tensor([problems[i].penalty or penalty for i in going], device=theta.device)
            theta, _ = group.minimise(theta, wanted, LOOSE, LIMIT, self.ticker)
            losses = self._dev_bits(group, theta, [problems[index] for index in going])
            for row, (index, bits) in enumerate(zip(going, losses, strict=True)):
                fixed = problems[index].penalty
                if fixed is not None:
                    best_loss[index], best[index], chosen[index], rises[index] = bits, theta[row], fixed, RISES
                elif bits < best_loss[index]:
                    best_loss[index], best[index], chosen[index], rises[index] = bits, theta[row], penalty, 0
                elif best_loss[index] < prior_loss[index]:
                    rises[index] += 1
            kept = [row for row, index in enumerate(going) if rises[index] < RISES]
            if len(kept) < len(going):
                self.ticker.finish(len(going) - len(kept))
                going = [going[row] for row in kept]
                if not going:
                    break
                theta = theta[kept]
                group = self._softmax([problems[index] for index in going])
        if going:
            self.ticker.finish(len(going))
        self._polish(problems, best, best_loss, chosen)
        return [
            self._fitted(problem, weights, chosen[index], float(best_loss[index]))
            for index, (problem, weights) in enumerate(zip(problems, best, strict=True))
        ]

    def _polish(self, problems: Sequence[Problem], best: Tensor, best_loss: np.ndarray, chosen: Sequence[float | str]) -> None:
        """Bring the kept weights, in place, from the path's loose optimum to a near one; the prior is its own."""
        import torch

        for fixed, tolerance, limit in ((False, FINAL, LIMIT), (True, TIGHT, LIMIT_TIGHT)):
            rows = [
                index
                for index, (problem, penalty) in enumerate(zip(problems, chosen, strict=True))
                if (problem.penalty is not None) == fixed and not isinstance(penalty, str)
            ]
            if not rows:
                continue
            group = self._softmax([problems[index] for index in rows])
            wanted = torch.tensor([float(chosen[index]) for index in rows], device=best.device)
            best[rows], _ = group.minimise(best[rows], wanted, tolerance, limit, self.ticker)
            best_loss[rows] = self._dev_bits(group, best[rows], [problems[index] for index in rows])

    def follow(self, problems: Sequence[Problem], penalty: float | str) -> list[FittedProbe]:
        """Every problem at one penalty ("prior": no weights)."""
        import torch

        group = self._softmax(problems)
        theta = group.start()
        if not isinstance(penalty, str):
            wanted = torch.full((len(problems),), penalty, device=theta.device)
            theta, _ = group.minimise(theta, wanted, FINAL, LIMIT, self.ticker)
        self.ticker.finish(len(problems))
        losses = self._dev_bits(group, theta, problems)
        return [
            self._fitted(problem, weights, penalty, float(bits))
            for problem, weights, bits in zip(problems, theta, losses, strict=True)
        ]

    def _softmax(self, problems: Sequence[Problem]) -> Softmax:
        from probing.solvers.convex import Softmax

        return Softmax(self.design, [p.train for p in problems], max(p.classes for p in problems))

    def _dev_bits(self, group: Softmax, theta: Tensor, problems: Sequence[Problem]) -> np.ndarray:
        import torch

        labels = torch.from_numpy(np.stack([p.dev for p in problems]).astype(np.int64)).to(theta.device)
        inventory = torch.tensor([p.classes for p in problems], device=theta.device)
        unseen = torch.tensor([unseen_share(items(p.train), p.classes) for p in problems], device=theta.device)
        return group.bits(theta, self.dev, labels, unseen, inventory).cpu().numpy()

    def _fitted(self, problem: Problem, theta: Tensor, penalty: float | str, bits: float) -> Fitted:
        weights, bias = self.design.unrotated(theta[: problem.classes])
        standardiser = self.design.standardiser
        state = {
            "mean": standardiser.mean,
            "scale": standardiser.scale,
            "weights_0": weights,
            "bias_0": bias,
            "unseen": np.array([unseen_share(items(problem.train), problem.classes)], np.float32),
        }
        return Fitted(problem, {"lambda": penalty}, bits, state)


FAMILIES.register(LinearFamily())
