"""Reports of a comparison, a sweep and a distillation, from planted answers; and which ids have no report."""

from __future__ import annotations

import pytest

from cache.errors import StoreError
from cache.store import Store
from probing.analysis import similarity
from probing.analysis.size_curves import points, summary
from probing.comparisons import Comparison, ComparisonSpec, plan
from probing.distillations import plan as plan_distillation
from probing.errors import BadInput
from probing.records import stored
from probing.records.record import PairRecord
from probing.records.training import DistillationRecord, LossTerm
from probing.reports import html
from probing.reports.document import Document
from probing.reports.report import MOST, report
from probing.reports.subject import subject
from probing.settings import Settings
from probing.tuning.specs import DistillSpec
from tests.planted import finished, lab


def chapters(document: Document) -> list[str]:
    return [part.text for part in document.of_kind("heading") if part.level == 1]


def asked(store: Store, plan: object, state: str = "done") -> None:
    """The job of a plan, as it ended."""
    store.jobs.submit(plan.run, plan.spec.model_dump(mode="json"), plan.label, device="cpu", kind=plan.kind)  # type: ignore[attr-defined]
    if state == "done" or state == "interrupted":
        store.jobs.start(plan.run, 1)  # type: ignore[attr-defined]
        store.jobs.finish(plan.run, state)  # type: ignore[attr-defined]


def compared(store: Store) -> Comparison:
    """Random weights under another seed beside minilm-l6: planted similarities."""
    found = plan(ComparisonSpec.parse({"checkpoints": ("minilm-l6", "random:minilm-l6@1"), "corpus": "grammar"}), Settings.read())
    for pair in found.pairs:
        rows = []
        if pair.kind == "similarity":
            rows = [
                {"layer": i, "metric": metric, "value": 1 - abs(i - j) / 8, "lower": 0.0, "upper": 1.0, "n": 900, "unit": "fraction",
                 "setting": {"second_layer": j, "items": "words"}}
                for metric in ("cka_debiased", "rsa", "procrustes") for i in pair.first_layers for j in pair.second_layers
            ]  # fmt: skip
        stored.save_cell(store, pair.id, PairRecord(task=pair.kind, checkpoint="a and b", notes=("A note of the pair.",)), rows)
    return found


def test_a_comparison(store: Store) -> None:
    found = compared(store)
    asked(store, found)
    document = report(store, [found.run], Settings.read())
    assert chapters(document) == ["Findings", "Similarity of layers", "Limits", "How to reproduce", "Methods"]
    rows = similarity.similarity_rows(found.table(store), "random:minilm-l6@1")
    floor = similarity.similarity_rows(found.table(store), "random:minilm-l6@0")
    said = similarity.summary(rows, floor, "minilm-l6", "random:minilm-l6@1", None)
    assert document.of_kind("bullets")[0].items == (said,)
    assert len(document.of_kind("chart")) == 4, "three measures, and debiased CKA with random weights"
    assert "A note of the pair." in document.of_kind("bullets")[-1].items
    assert "kornblith2019similarity" in {one.key for one in document.references}
    assert "python -m probing compare --checkpoint minilm-l6 random:minilm-l6@1" in document.of_kind("code")[0].text


def test_a_sweep(store: Store) -> None:
    sweep = lab.fill(store, collapsed=True)
    document = report(store, [sweep.run[:8]], Settings.read())
    assert chapters(document) == ["Findings", "Scores by training size", "Trainings", "Limits", "How to reproduce", "Methods"]
    headlines = document.of_kind("bullets")[0].items
    assert headlines[0].startswith("With 1,024 sentences full has the highest mean ")
    metric = str(sweep.table(store)["metric"].iloc[0])
    assert headlines[1:] == tuple(summary(points(sweep.table(store), metric, "test"), ["bitfit", "full"])), (
        "the sentences of the page"
    )
    assert any("said one class of everything" in line for line in headlines)
    every = next(table for table in document.of_kind("table") if table.title == "Every training")
    assert len(every.rows) == 12
    keys = {one.key for one in document.references}
    assert {"benzaken2022bitfit", "devlin2019bert", "student1908mean"} <= keys


def test_a_distillation(store: Store) -> None:
    one = plan_distillation(
        DistillSpec.parse({"teacher": "minilm-l6", "data": "grammar", "task": "tokens", "layers": 3}), Settings.read()
    )
    record = DistillationRecord(
        terms={"soft": 1.0}, loss={"soft": LossTerm(begun=2.0, ended=0.5, unit="bits")}, layer_map=(2, 4, 6), steps=300
    )
    stored.save_cell(store, one.id, record, lab.distilled_rows())
    asked(store, one)
    document = report(store, [one.run], Settings.read())
    assert document.of_kind("bullets")[0].items[0].startswith("The student keeps 78% of the teacher's ")
    assert "hinton2015distilling" in {found.key for found in document.references}
    assert document.of_kind("code")[0].text.startswith(
        "python -m probing distill --data grammar --seed 0 --teacher minilm-l6 --layers 3"
    )
    assert html.render(document)


def test_ids_without_a_report_are_refused(store: Store) -> None:
    run = finished.fill(store)
    sweep = lab.fill(store)
    assert subject(store, run) == run
    assert subject(store, run[:6]) == run
    for name, said in ((run[:5], "has no run"), ("0" * 16, "has no run"), ("../../etc", "has no run"), ("", "has no run")):
        with pytest.raises(BadInput, match=said):
            subject(store, name)
    assert subject(store, sweep.run) == store.jobs.get(sweep.run)
    store.jobs.submit("1234567890abcdef", {}, "A run", device="cpu", kind="run")
    with pytest.raises(BadInput, match="in progress"):
        subject(store, "1234567890abcdef")
    with pytest.raises(BadInput, match=f"at most {MOST}"):
        report(store, [f"{number:016}" for number in range(MOST + 1)], Settings.read())


def test_a_job_that_stopped_early_or_whose_results_are_gone_is_refused(store: Store) -> None:
    found = plan(ComparisonSpec.parse({"checkpoints": ("minilm-l6", "random:minilm-l6@1"), "corpus": "grammar"}), Settings.read())
    asked(store, found, "interrupted")
    with pytest.raises(BadInput, match="was interrupted"):
        report(store, [found.run], Settings.read())
    store.jobs.submit("abcdef0123456789", {}, "A run", device="cpu", kind="run")
    store.jobs.start("abcdef0123456789", 1)
    store.jobs.finish("abcdef0123456789", "done")
    with pytest.raises(BadInput, match="are gone from this store"):
        report(store, ["abcdef"], Settings.read())


def test_a_damaged_run_is_refused(store: Store) -> None:
    run = finished.fill(store)
    (store.root / "runs" / run / "run.json").write_text("{")
    with pytest.raises((StoreError, BadInput)):
        report(store, [run], Settings.read())


def test_a_question_that_changed_since_is_refused(store: Store) -> None:
    sweep = lab.fill(store)
    spec = sweep.spec.model_dump(mode="json") | {"steps": 61}
    store.jobs.submit("fedcba9876543210", spec, "Another", device="cpu", kind="sweep")
    store.jobs.start("fedcba9876543210", 1)
    store.jobs.finish("fedcba9876543210", "done")
    with pytest.raises(BadInput, match="changed since"):
        report(store, ["fedcba9876543210"], Settings.read())
