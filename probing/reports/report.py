"""The report of what ids name: of one run, comparison, sweep or distillation, or of several, a part each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cache.jobs import Job
from cache.store import Store
from probing.errors import BadInput
from probing.reports import comparison_report, distillation_report, run_report, sweep_report
from probing.reports.document import DataTable, Document, Heading, MethodCard, Part, Reference, facts
from probing.reports.stored_run import StoredRun
from probing.reports.subject import subject
from probing.settings import Settings

MOST = 20  # ids in one report
OF_JOBS: dict[str, Any] = {
    "comparison": comparison_report.report,
    "sweep": sweep_report.report,
    "distillation": distillation_report.report,
}


def report(store: Store, ids: Sequence[str], settings: Settings) -> Document:
    """The document; runs that can stand side by side are one part of it. Raises BadInput or StoreError for an id whose results are not there, are not
    finished, or are of other inputs than those of today."""
    asked = list(dict.fromkeys(ids))
    if len(asked) > MOST:
        raise BadInput(f"A report is of at most {MOST} runs, and {len(asked)} are named: write several.")
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    subjects = [subject(store, name) for name in asked]  # all are looked up before the first is read
    runs = [one for one in subjects if isinstance(one, str)]
    whole = StoredRun.open(store, *runs) if len(runs) > 1 else None
    documents = [run_report.report(whole, made)] if whole is not None else []
    for one in subjects:
        if isinstance(one, Job):
            documents.append(OF_JOBS[one.kind](store, one, settings, made))
        elif whole is None and (alone := StoredRun.open(store, one)) is not None:
            documents.append(run_report.report(alone, made))
    return documents[0] if len(documents) == 1 else together(documents)


def together(documents: Sequence[Document]) -> Document:
    """One document of several: a part each, with methods and references once at the end."""
    parts: list[Part] = []
    cards: dict[tuple[str, str], MethodCard] = {}
    references: dict[str, Reference] = {}
    for one in documents:
        parts.append(Heading(text=one.title))
        table = tuple((fact.name, fact.value) for fact in one.facts)
        parts.append(DataTable(columns=("what", "value"), rows=table, title=one.subtitle or one.title))
        for part in one.parts:
            if isinstance(part, MethodCard):
                cards[part.name, part.title] = part
            elif isinstance(part, Heading):
                if part.text != "Methods":
                    parts.append(part.model_copy(update={"level": min(part.level + 1, 3)}))
            else:
                parts.append(part)
        references |= {found.key: found for found in one.references}
    software = references.pop("strata")
    listed = sorted(references.values(), key=lambda found: found.text.casefold())
    return Document(
        title=f"{len(documents)} results",
        subtitle="; ".join(one.title for one in documents)[:300],
        facts=facts(Parts=len(documents)),
        parts=(*parts, Heading(text="Methods"), *cards.values()),
        references=(*listed, software),
        made=documents[0].made,
        software=documents[0].software,
    )
