"""What a report is of: the stored run, or the job of a comparison, sweep or distillation, that an id names."""

from __future__ import annotations

from cache.jobs import LIVE, Job
from cache.store import Store
from probing.errors import BadInput
from probing.installation import PROGRAM
from probing.records import stored

SHORTEST = 6  # characters of an id that stand for all of it


def subject(store: Store, name: str) -> str | Job:
    """The id of a stored run, or a finished job that is no run. `name` is an id, or how it begins. Raises BadInput for one that is not there,
    that is in progress or that stopped early."""
    runs = store.results.run_folders.names()
    jobs = {job.run: job for job in store.jobs.recent(100_000)}
    every = {*runs, *jobs}
    found = [name] if name in every else [one for one in every if len(name) >= SHORTEST and one.startswith(name)]
    if len(found) > 1:
        raise BadInput(f"{len(found)} runs of this store begin with {name}: give more of the id.")
    if not found:
        raise BadInput(
            f"This store has no run {name!r}: it was removed, or is in another store; {PROGRAM} store ls lists what is there."
        )
    id = found[0]
    if id in runs:
        stored.run(store, id)  # raises where it is damaged
        return id
    job = jobs[id]
    if job.state in LIVE:
        raise BadInput(f"The {job.kind} {id} is in progress ({job.label}): wait until it is done, then ask for its report.")
    if job.state != "done":
        raise BadInput(f"The {job.kind} {id} was {job.state} ({job.label}): run it again, then ask for its report.")
    if job.kind == "run":
        raise BadInput(
            f"The results of the run {id} are gone from this store ({job.label}): run it again, then ask for its report."
        )
    return job
