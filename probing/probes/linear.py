"""Linear probes: multinomial logistic regression, the penalty chosen on dev."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log
from typing import TYPE_CHECKING

import numpy as np

from probing.measures.loss import unseen_share
from probing.probes.family import FAMILIES, FittedProbe, ProbeFamily, ProbeOptions, Problem, Progress
from probing.probes.fitted import Fitted, Ticker, items, refuse_unfit, state_of, too_few_dev_items
from probing.registry import Card

if TYPE_CHECKING:
    from torch import Tensor

    from probing.solvers.convex import Softmax

# λ from strong to weak; before the first stands the prior alone.
GRID = (10.0, 1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6)
# A path ends when a weaker penalty has twice in a row not lowered dev loss by GAIN, or once raised it by RISE, and not before it has beaten
# the prior: where a strong direction of train misleads, dev is worse than the prior until the penalty is weak enough for the directions
# that hold.
RISES = 2
GAIN = 1e-3  # as a share of the loss: less is within what a loose optimum leaves open
RISE = 0.01  # as a share of the loss: several times what a loose optimum leaves open
ENOUGH = 5e-4  # of the prior's dev loss: a path that is below it ends too, since less is left than any chart shows
# How near the optimum, as a share of the loss: along the path, and at the penalty chosen or fixed.
LOOSE, FINAL = 3e-3, 1e-3
# Of a problem of fixed penalty that goes on from another's path: along directions that its few steps have not seen, a thousandth of
# the loss may hide 0.3 points of accuracy where a weak penalty nearly separates the classes.
FINAL_FROM_PATH = 1.5e-4
REACH = 2.0  # how far a start is extrapolated, as a share of the path's last step in log λ
LIMIT, LIMIT_FINAL = 300, 1000  # evaluations a penalty


class LinearFamily(ProbeFamily):
    """Mean cross-entropy + λ/2 ‖W‖² on standardised vectors, the bias not penalised; λ by dev loss along GRID."""

    card = Card(
        name="linear",
        title="Linear",
        measures="How much of the task a linear map of the vector answers: multinomial logistic regression.",
        assumes="Vectors are standardised with train's mean and deviation. The penalty λ is chosen on dev loss from "
        "the prior alone and a grid from 10 to 0.000001; probabilities follow the unseen-class rule, (1−e)p + e/K with "
        "e = K/(t+K).",
        misleads="What is there but not linear stays hidden, and with many dimensions a linear map still memorises "
        "words: read selectivity too. A λ at the end of the range says that dev would have gone further. Once it has beaten the prior "
        "the path ends where two weaker penalties in a row lower dev loss by less than 0.1 %, or one raises it by 1 %, so a second valley beyond is "
        "not seen; and where dev loss is below 0.05 % of the prior's.",
        source="Alain & Bengio 2016, arXiv 1610.01644; Hewitt & Liang 2019, arXiv 1909.03368",
    )
    penalised = True

    def fit(
        self, train: np.ndarray, dev: np.ndarray, problems: Sequence[Problem], options: ProbeOptions, progress: Progress
    ) -> list[FittedProbe]:
        """See `ProbeFamily.fit`. A problem with fewer than 30 dev items takes the first problem's λ.

        Problems of fixed penalty share the vectors' passes with the last stretch of those whose penalty was chosen.
        """
        refuse_unfit(problems)
        ticker = Ticker(progress, len(problems))
        behind = too_few_dev_items(problems)
        ahead = [index for index in range(len(problems)) if index not in behind]
        fitted: dict[int, FittedProbe] = {}
        path = _Path(train, dev, options.device, ticker)
        fitted |= zip(ahead, path.choose([problems[index] for index in ahead]), strict=True)
        if behind:
            chosen = fitted[0].setting["lambda"]
            fitted |= zip(behind, path.follow([problems[index] for index in behind], chosen), strict=True)
        return [fitted[index] for index in range(len(problems))]


class _Path:
    """Problems on one set of vectors, solved from strong penalties to weak ones, each from where the last ones lead."""

    def __init__(self, train: np.ndarray, dev: np.ndarray, device: str, ticker: Ticker) -> None:
        from probing.solvers.design import Design
        from probing.solvers.standardise import Standardiser

        self.design = Design(train, Standardiser.of(train), device)
        self.dev = self.design.rotated(dev)
        self.ticker = ticker

    def choose(self, problems: Sequence[Problem]) -> list[FittedProbe]:
        """Each problem at the penalty that its dev loss likes best; of equals the strongest.

        A problem of fixed penalty goes on from the path of one that has its labels, if there is one.
        """
        import torch

        going = [index for index, problem in enumerate(problems) if problem.penalty is None]
        best = self._softmax(problems).start()
        best_loss = self._dev_bits(self._softmax(problems), best, problems)
        prior_loss = best_loss.copy()
        chosen: list[float | str] = [fixed if (fixed := problem.penalty or inf) < inf else "prior" for problem in problems]
        rises = np.zeros(len(problems), dtype=int)
        solved: dict[int, list[tuple[float, Tensor]]] = {index: [] for index in going}
        paths = {
            index: other
            for index, problem in enumerate(problems)
            for other in going
            if problem.penalty is not None and problem.penalty < inf and np.array_equal(problem.train, problems[other].train)
        }
        for penalty in GRID:
            if not going:
                break
            some = [problems[index] for index in going]
            group = self._softmax(some)
            wanted = torch.full((len(going),), penalty, device=best.device)
            start = torch.stack([_extrapolated(solved[index], penalty, best[index]) for index in going])
            theta, _ = group.minimise(start, wanted, LOOSE, LIMIT, self.ticker)
            for row, (index, bits) in enumerate(zip(going, self._dev_bits(group, theta, some), strict=True)):
                solved[index].append((penalty, theta[row].clone()))
                if index not in paths.values():
                    del solved[index][:-2]
                if bits < best_loss[index] * (1 - GAIN):
                    best_loss[index], best[index], chosen[index], rises[index] = bits, theta[row], penalty, 0
                elif best_loss[index] < prior_loss[index]:
                    rises[index] += RISES if bits > best_loss[index] * (1 + RISE) else 1
                if best_loss[index] < ENOUGH * prior_loss[index]:
                    rises[index] = RISES
            going_on = [index for index in going if rises[index] < RISES]
            self.ticker(len(going) - len(going_on))
            going = going_on
        for index, other in paths.items():
            fixed = float(chosen[index])
            best[index] = _extrapolated([step for step in solved[other] if step[0] >= fixed], fixed, best[index])
        own = [index for index, penalty in enumerate(chosen) if index not in paths and not isinstance(penalty, str)]
        for rows, tolerance in ((own, FINAL), ([*paths], FINAL_FROM_PATH)):
            if rows:
                some = [problems[index] for index in rows]
                group = self._softmax(some)
                wanted = torch.tensor([float(chosen[index]) for index in rows], device=best.device)
                best[rows], _ = group.minimise(best[rows], wanted, tolerance, LIMIT_FINAL, self.ticker)
                best_loss[rows] = self._dev_bits(group, best[rows], some)
        self.ticker(len(problems) - int((rises >= RISES).sum()))
        fitted = zip(problems, best, chosen, best_loss.tolist(), strict=True)
        return [self._fitted(problem, weights, penalty, bits) for problem, weights, penalty, bits in fitted]

    def follow(self, problems: Sequence[Problem], penalty: float | str) -> list[FittedProbe]:
        """Every problem at one penalty ("prior": no weights)."""
        import torch

        group = self._softmax(problems)
        theta = group.start()
        if not isinstance(penalty, str):
            wanted = torch.full((len(problems),), penalty, device=theta.device)
            theta, _ = group.minimise(theta, wanted, FINAL, LIMIT_FINAL, self.ticker)
        self.ticker(len(problems))
        solved = zip(problems, theta, self._dev_bits(group, theta, problems).tolist(), strict=True)
        return [self._fitted(problem, weights, penalty, bits) for problem, weights, bits in solved]

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
        layer = self.design.unrotated(theta[: problem.classes])
        return Fitted(problem, {"lambda": penalty}, bits, state_of(problem, self.design.standardiser, [layer]))


def _extrapolated(solved: Sequence[tuple[float, Tensor]], penalty: float, prior: Tensor) -> Tensor:
    """Where a path of (λ, weights) leads at `penalty`: along the line through its last two solutions over log λ. `prior` where it is empty."""
    import torch

    if len(solved) < 2:
        return solved[0][1] if solved else prior
    (stronger, first), (weaker, second) = solved[-2:]
    share = min(REACH, log(weaker / penalty) / log(stronger / weaker))
    # The bias of a class that train lacks is -inf in both.
    return torch.where(second.isfinite(), second + share * (second - first), second)


FAMILIES.register(LinearFamily(), place=1)
