"""The report of a distillation: student against teacher, and the loss by term."""

from __future__ import annotations

import pandas as pd

from cache.jobs import Job
from cache.store import Store
from probing import distillations, measures
from probing.analysis.student_teacher import finding, scores
from probing.errors import BadInput
from probing.figures.student_teacher import student_teacher
from probing.installation import SOFTWARE
from probing.reports import methods, reproduce
from probing.reports.document import Bullets, Chart, DataTable, Document, Heading, Paragraph, Part, facts
from probing.reports.references import INTERVALS
from probing.settings import Settings
from probing.tuning.specs import DistillSpec
from probing.tuning.terms import TERMS


def report(store: Store, job: Job, settings: Settings, made: str = "") -> Document:
    """The document. Raises BadInput where the teacher or the data are gone or have changed."""
    one = distillations.plan(DistillSpec.parse(job.spec), settings)
    if one.run != job.run:
        raise BadInput(f"The data or the teacher of “{job.label}” changed since, so its scores no longer apply: start it again.")
    if not store.results.has_cell(one.id):
        raise BadInput(f"The results of “{job.label}” are gone from this store: start it again, then ask for its report.")
    shown, record = scores(one.table(store)), one.record(store)
    said = (
        finding(shown)
        or f"A student of {one.parent.name} was trained; without scores of both there is nothing to hold it against."
    )
    parts: list[Part] = [Heading(text="Findings"), Bullets(items=(said,), role="finding"), Heading(text="Student and teacher")]
    if len(shown):
        parts.append(
            Chart.of(
                student_teacher(shown),
                title="Scores of student and teacher",
                finding=finding(shown),
                drawn="Scores of student and teacher by measure and split; bars are 95 % intervals.",
                facts=facts(teacher=one.parent.name, student=one.product, data=one.source.name, run=one.run),
                read="Student and teacher are scored on the same sentences; bars are 95 % sentence bootstraps.",
                misleads="This is one student with one seed; a difference within the intervals is not significant.",
            )
        )
        parts.append(DataTable.of(shown, title="The scores"))
    else:
        parts.append(Paragraph(text="Text alone gives no score: probe student and teacher to compare them."))
    loss = [
        {
            "term": name,
            "weight": record.terms.get(name),
            "before": term.begun,
            "after": term.ended,
            "unit": term.unit,
            "what": TERMS[name].says,
        }
        for name, term in record.loss.items()
        if name in TERMS
    ]
    if loss:
        note = (
            "Unweighted loss on dev, before the first step and for the stored weights. Terms with different units do not compare."
        )
        parts += [Heading(text="Loss by term"), DataTable.of(pd.DataFrame(loss), title="Each term of the loss", note=note)]
    if record.layer_map:
        mapped = ", ".join(f"{own} from {theirs}" for own, theirs in enumerate(record.layer_map, 1))
        parts.append(Paragraph(text=f"Layer map (student from teacher): {mapped}.", role="note"))
    used = methods.cards(measures=[name for name in measures.MEASURES.names() if name in set(shown["metric"])])
    table = pd.DataFrame(
        [
            {"what": "teacher", "name": one.parent.name, "fingerprint": one.parent.fingerprint},
            {"what": "data", "name": one.source.name, "fingerprint": one.source.hash},
        ]
    )
    limits = ("One student under one seed: another seed may score otherwise.", *record.notes)
    parts += [Heading(text="Limits"), Bullets(items=limits), Heading(text="How to reproduce")]
    parts += reproduce.parts(
        "distill", one.spec, one.run, DataTable.of(table, title="Fingerprints of what was read"), "--out FOLDER"
    )
    parts += [Heading(text="Methods"), *methods.parts(used)]
    sources = [TERMS[name].source for name in record.terms if name in TERMS]
    return Document(
        title=f"A student of {one.parent.name}",
        subtitle=job.label,
        facts=facts(
            Teacher=one.parent.name,
            Student=one.product,
            Data=one.source.name,
            Task=one.spec.task or "text alone",
            Steps=record.steps,
            Seed=one.spec.seed,
            Distillation=one.run,
        ),
        parts=tuple(parts),
        references=methods.cited(used, (INTERVALS, *sources)),
        made=made,
        software=SOFTWARE,
        link=f"/distil?make=Results&distillation={one.run}",
    )
