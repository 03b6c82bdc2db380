"""Asking for a run, a comparison or a training: one job however often it is asked, and a supervisor that starts it whether or not a page is open."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from pydantic import BaseModel

from cache.jobs import LIVE, Job
from cache.owners import Owners
from cache.store import Store
from probing import calibration, permissions
from probing.checkpoints import Checkpoint
from probing.checkpoints.described import refuse_described
from probing.corpora import registered
from probing.execution.detached import detached
from probing.execution.supervisor import lock_of

STAND_BY = 90.0  # seconds: from a page that offers to start something until somebody has read it


class JobPlan(Protocol):
    """What a job carries out: a run, a comparison, a sweep or a distillation."""

    @property
    def run(self) -> str: ...
    @property
    def spec(self) -> BaseModel: ...
    @property
    def label(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def reads(self) -> tuple[Checkpoint, ...]:
        """The checkpoints whose weights it needs."""
        ...

    def answered(self, store: Store) -> bool:
        """Whether the whole answer is in the store."""
        ...


def submit(plan: JobPlan, store: Store) -> Job:
    """Queue the plan, or return the job that already asks the same; what was lost since is asked anew.

    Who is signed in is an owner of the job, beside those who asked the same before. Raises BadInput for a question about a checkpoint that is
    not here and that the store cannot answer, for one about another user's data, and for more than one user may ask for.
    """
    store.refuse_writing()
    answered, user = plan.answered(store), permissions.present()
    if not answered:
        refuse_described(*plan.reads)
    permissions.guard(store.root, "start")
    spec = plan.spec.model_dump(mode="json")
    _refuse_data(spec, store)
    if user is not None and not user.admin and not answered:
        from probing.execution import quota  # brings the estimates, which a supervisor's worker does without

        quota.refuse_long(plan, store, user)
    with _counted(store, plan.run, answered):
        known = store.jobs.get(plan.run)
        if known is not None and known.state == "done" and not answered:
            store.jobs.forget(plan.run)
        job = store.jobs.submit(plan.run, spec, plan.label, device=plan.device, kind=plan.kind)
    if answered and job.state == "queued":
        store.jobs.finish(plan.run, "done")
        return store.jobs.get(plan.run) or job
    _supervise(store, job.device)
    return job


def resume(run: str, store: Store) -> Job | None:
    """Queue an interrupted, cancelled or failed job again; what it had finished is kept. Raises BadInput where it is another user's."""
    store.refuse_writing()
    job = store.jobs.get(run)
    if job is None:
        return None
    permissions.guard(store.root, "resume", thing(run))
    with _counted(store, run):
        again = store.jobs.submit(run, job.spec, job.label, device=job.device, kind=job.kind)
    _supervise(store, again.device)
    return again


def join(run: str, store: Store) -> None:
    """Ask for a job of others that waits or runs: it then goes on when they cancel it. Raises BadInput as `submit` does."""
    store.refuse_writing()
    job = store.jobs.get(run)
    if job is not None:
        permissions.guard(store.root, "start")
        _refuse_data(job.spec, store)
        with _counted(store, run):
            pass


def cancel(run: str, store: Store) -> bool:
    """End a job; False where others asked it too: then it goes on for them, and is no longer this user's. Raises BadInput where it is another's."""
    store.refuse_writing()
    if not permissions.last(store.root, "cancel", thing(run)):
        return False
    store.jobs.cancel(run)
    return True


def forget(run: str, store: Store) -> bool:
    """Remove a job and its log; False where others asked it too, as `cancel`. Raises BadInput where it is another's."""
    store.refuse_writing()
    if not permissions.last(store.root, "delete", thing(run)):
        return False
    store.jobs.forget(run)
    permissions.gone(store.root, thing(run))
    return True


def thing(run: str) -> str:
    """What a run, comparison or training is called in the list of owners."""
    return f"run/{run}"


def _refuse_data(spec: Mapping[str, Any], store: Store) -> None:
    """Raise BadInput for a question about another user's data."""
    for name in ("corpus", "data"):
        if str(spec.get(name)).startswith(registered.PREFIX):
            permissions.guard(store.root, "read", registered.thing(spec[name]))


@contextlib.contextmanager
def _counted(store: Store, run: str, answered: bool = False) -> Iterator[None]:
    """What is queued inside belongs to who is signed in too. Raises BadInput where that would be one job too many; two presses at once are
    counted one after the other."""
    user = permissions.present()
    if user is None:
        yield
        return
    owners = Owners(store.root)
    with owners.lock:
        own, known = owners.of(thing(run)), store.jobs.get(run)
        live = known is not None and known.state in LIVE
        if not user.admin and not answered and not (live and user.id in own):
            from probing.execution import quota

            quota.refuse_many(store, user)
        yield
        if own or not (live or answered):  # what the server itself asked stays the server's
            owners.add_locked(thing(run), {user.id: user.name})


def wake(store: Store) -> None:
    """Mark jobs whose process is gone as interrupted, and go on with what is queued where its supervisor is gone too.

    Whoever lives asks for it: a page that opens or watches a job, and a worker that ends. Cheap where there is nothing to do.
    """
    if store.closed:
        return
    live = store.jobs.live()
    if any(job.state == "running" for job in live):
        store.jobs.sweep()
    for device in {job.device for job in live if job.state == "queued"}:
        lock = lock_of(store, device)
        if lock.acquire(blocking=False):
            lock.release()
            _supervise(store, device)


def stand_by(store: Store, device: str) -> None:
    """Have a worker of the device imported and waiting for the first job that is asked within STAND_BY seconds, unless one is at work."""
    lock = lock_of(store, device)
    if not store.closed and not store.jobs.live() and lock.acquire(blocking=False):
        lock.release()
        _supervise(store, device, STAND_BY)


def measured(store: Store, device: str) -> bool:
    """Whether the store has this machine's rates; where it has not, a process measures them in a few seconds."""
    if calibration.Rates.read(store.root, device).measured:
        return True
    store.refuse_writing()
    lock = calibration.lock_of(store, device)
    if lock.acquire(blocking=False):
        lock.release()
        _calibrate(store, device)
    return False


def _calibrate(store: Store, device: str) -> None:
    """Start the process that measures; it ends at once where another has done it."""
    detached("probing.calibration", store, device, store.logs / "calibration.log")


def _supervise(store: Store, device: str, wait: float = 0.0) -> None:
    """Start a supervisor for the device, whose first worker waits so many seconds for a job; it ends at once where there is one."""
    detached("probing.execution.supervisor", store, device, more=["--wait", str(wait)] if wait else [])
