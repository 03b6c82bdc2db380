"""What one user of a shared server may ask for: jobs at once, and how long one may take by its estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cache.owners import Owners
from cache.store import Store
from probing.distillations import Distillation
from probing.errors import BadInput
from probing.estimate import estimate
from probing.permissions import User
from probing.runs import Plan
from probing.sweeps import Sweep
from probing.training_cost import cost_of_distillation, cost_of_sweep
from probing.tuning.available import material_of, text_alone
from probing.tuning.parameters import inventory_of

if TYPE_CHECKING:
    from probing.execution.queue import JobPlan


def refuse_many(store: Store, user: User) -> None:
    """Raise BadInput where as many jobs of the user wait or run as one user may have."""
    own = set(Owners(store.root).owned(user.id))
    mine = [job for job in store.jobs.live() if f"run/{job.run}" in own]
    if len(mine) >= user.allowance.jobs:
        raise BadInput(
            f"{len(mine)} jobs of yours wait or run, and one user may have {user.allowance.jobs} (STRATA_USER_JOBS): wait for one, or cancel one."
        )


def refuse_long(plan: JobPlan, store: Store, user: User) -> None:
    """Raise BadInput where the job would take longer on an idle machine than a job of one user may."""
    hours, most = seconds(plan, store) / 3600, user.allowance.job_seconds / 3600
    if hours > most:
        raise BadInput(
            f"This would take about {hours:,.1f} hours, and a job of one user may take {most:,.1f} (STRATA_USER_JOB_HOURS): ask for less, or ask "
            "an administrator to start it."
        )


def seconds(plan: JobPlan, store: Store) -> float:
    """The estimate of a job; 0 of a comparison, which reads few sentences."""
    if isinstance(plan, Plan):
        return estimate(plan, store).seconds
    if isinstance(plan, Sweep):
        what = material_of(plan.source, plan.spec.task, plan.spec.column)
        return cost_of_sweep(plan, store, what, inventory_of(plan.parent)).seconds
    if isinstance(plan, Distillation):
        spec, facts = plan.spec, plan.parent.facts
        what = material_of(plan.source, spec.task, spec.column) if spec.task else text_alone(plan.source.load())
        return cost_of_distillation(plan, store, what, spec.layers or facts.layers, spec.hidden or facts.hidden).seconds
    return 0.0
