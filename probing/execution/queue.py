"""Asking for a run: one job however often it is asked, and a supervisor that starts it whether or not a page is open."""

from __future__ import annotations

from cache.jobs import Job
from cache.store import Store
from probing.execution.detached import detached
from probing.runs import Plan


def submit(plan: Plan, store: Store) -> Job:
    """Queue the plan, or return the job that already asks the same; a run whose table was lost is asked anew."""
    known = store.jobs.get(plan.run)
    if known is not None and known.state == "done" and not store.results.has_run(plan.run):
        store.jobs.forget(plan.run)
    job = store.jobs.submit(plan.run, plan.spec.model_dump(mode="json"), plan.label, device=plan.device)
    if store.results.has_run(plan.run) and job.state == "queued":
        store.jobs.finish(plan.run, "done")
        return store.jobs.get(plan.run) or job
    _supervise(store, job.device)
    return job


def resume(run: str, store: Store) -> Job | None:
    """Queue an interrupted, cancelled or failed job again; what it had finished is kept."""
    job = store.jobs.get(run)
    if job is None:
        return None
    again = store.jobs.submit(run, job.spec, job.label, device=job.device)
    _supervise(store, again.device)
    return again


def wake(store: Store) -> None:
    """At the app's start: mark jobs whose process is gone as interrupted, and go on with what is queued."""
    store.jobs.sweep()
    for device in {job.device for job in store.jobs.live() if job.state == "queued"}:
        _supervise(store, device)


def _supervise(store: Store, device: str) -> None:
    """Start a supervisor for the device; it ends at once where there is one."""
    detached("probing.execution.supervisor", store, device)
