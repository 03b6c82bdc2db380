"""The report of a run: its sentences are those of analysis, its chapters are whole, and large or single-checkpoint runs stay readable."""

from __future__ import annotations

import re

import pytest

from cache.store import Store
from probing.analysis import differences
from probing.reports import html, run_report
from probing.reports.document import Document, Heading
from probing.reports.report import together
from probing.reports.stored_run import StoredRun
from tests.planted import curves, edges, families, finished

CHAPTERS = [
    "Findings",
    "What was asked",
    "Results by task",
    "Differences from minilm-l6",
    "Limits",
    "How to reproduce",
    "Methods",
]


def reported(store: Store, run: str) -> tuple[StoredRun, Document]:
    opened = StoredRun.open(store, run)
    assert opened is not None
    return opened, run_report.report(opened, "2026-01-01 00:00 UTC")


def chapters(document: Document) -> list[str]:
    return [part.text for part in document.of_kind("heading") if part.level == 1]


def words(document: Document) -> str:
    """Everything that is said in sentences."""
    said = [part.text for part in document.of_kind("paragraph")]
    return "\n".join([*said, *(item for part in document.of_kind("bullets") for item in (*part.items, *part.details))])


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[StoredRun, Document]:
    """Two checkpoints, their random weights and three tasks."""
    store = Store(tmp_path_factory.mktemp("reports") / "store")
    return reported(store, finished.fill(store))


def test_a_run_of_two_checkpoints(two: tuple[StoredRun, Document]) -> None:
    run, document = two
    assert chapters(document) == CHAPTERS
    assert document.title == "minilm-l6, second-l6 on grammar"
    # The finding is what Compare says of the same rows.
    found = run_report.compared(run)
    assert found is not None
    assert (found.metric, found.probe, found.split) == ("accuracy", "linear", "test")
    headlines = document.of_kind("bullets")[0].items
    assert headlines[0] == differences.headline(found.frames["second-l6"], "minilm-l6", "second-l6", "accuracy")
    assert any(line.startswith("minilm-l6: accuracy") and "for upos at layer 4 (chosen on dev" in line for line in headlines)
    assert "under" in document.of_kind("bullets")[0].details[0]
    said = words(document)
    assert "McNemar" in said
    assert "Benjamini–Hochberg" in said
    assert "minilm-l6: 3 words have no vector; *they* are left out." in said, "the notes of the run"
    tables = {table.title: table for table in document.of_kind("table")}
    least = tables["Least detectable differences, in points of accuracy"]
    assert least.columns == ("task", "second-l6")
    assert {row[0] for row in least.rows} == set(finished.TASKS)
    best = tables["Each checkpoint at its best layer"]
    upos = next(row for row in best.rows if row[0] == "upos" and row[2] == "minilm-l6")
    assert upos[best.columns.index("layer")] == finished.BEST_ON_DEV
    assert "selectivity" in best.columns
    assert "random weights" in best.columns
    assert any(
        "python -m probing run --checkpoint minilm-l6 second-l6 --corpus grammar" in code.text
        for code in document.of_kind("code")
    )
    assert "--seed 0" in document.of_kind("code")[0].text
    prints = tables["Fingerprints of what was read"]
    assert {row[3 if "full name" in prints.columns else 2] for row in prints.rows} >= {
        run.entries["minilm-l6"].fingerprint,
        run.record.corpus.hash,
    }
    keys = {one.key for one in document.references}
    assert {"alain2016probes", "hewitt2019control", "mcnemar1947note", "benjamini1995fdr", "efron1979bootstrap", "strata"} <= keys
    names = {card.name for card in document.of_kind("card")}
    assert {"linear", "accuracy", "selectivity", "upos"} <= names


def test_every_chart_says_what_it_is_of(two: tuple[StoredRun, Document]) -> None:
    run, document = two
    charts = document.of_kind("chart")
    assert len(charts) == 2 + len(finished.TASKS) + 1, "all tasks, the map of the base, a curve each, the differences"
    for chart in charts:
        named = {one.name for one in chart.facts}
        assert {"checkpoints", "corpus", "run", "date"} <= named, chart.title
        assert chart.title
        assert chart.drawn
        assert chart.figure["data"], chart.title
    for asked in run.asked:
        own = next(chart for chart in charts if chart.title.startswith(f"{asked.task}: "))
        assert own.finding == run.finding(asked), "the sentence of the page"


def test_one_checkpoint_has_no_differences_and_says_what_it_could_not_see(store: Store) -> None:
    _, document = reported(
        store, finished.fill(store, depths={"minilm-l6": 6}, tasks=("upos",), spec={"seeds": 1, "max_train": 100})
    )
    assert "Differences from minilm-l6" not in chapters(document)
    least = next(table for table in document.of_kind("table") if table.title.startswith("Least detectable"))
    (row,) = least.rows
    assert row[:3] == ("upos", "linear", finished.SENTENCES * finished.WORDS)
    said = words(document)
    assert "There is one seed" in said
    assert "the first 100 sentences of train" in said
    assert "mcnemar1947note" not in {one.key for one in document.references}


def test_decodability_says_who_needs_how_much_data(store: Store) -> None:
    _, document = reported(store, curves.fill(store, tasks=("upos",)))
    assert "Data needed" in chapters(document)
    needed = next(chart for chart in document.of_kind("chart") if chart.title == "upos: items of train needed")
    assert needed.finding.replace("\n", " ") in document.of_kind("bullets")[0].items
    assert "whitney2020evaluating" in {one.key for one in document.references}


@pytest.mark.parametrize("plant", [edges, families], ids=["edges", "numbers and conditional"])
def test_other_kinds_of_probes(store: Store, plant: object) -> None:
    _, document = reported(store, plant.fill(store))  # type: ignore[attr-defined]
    assert document.of_kind("bullets")[0].role == "finding"
    assert document.of_kind("chart")


def test_six_checkpoints_and_ten_tasks_are_under_five_megabytes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"feats:F{number}" for number in range(8)]
    for name in names:
        monkeypatch.setitem(finished.TASKS, name, ("syntax", "word", ("a", "b")))
    depths = {"minilm-l6": 6} | {f"other-{number}": 6 for number in range(5)}
    run, document = reported(store, finished.fill(store, depths=depths, tasks=("upos", "sentence_length", *names)))
    assert (len(run.requested), len(run.record.tasks)) == (6, 10)
    page = html.render(document)
    assert len(page.encode()) < 5_000_000
    assert len(document.of_kind("chart")) == 2 + 10 + 1
    assert page.count('id="plotly"') == 1


def test_a_chart_of_many_checkpoints_draws_twelve_and_says_so(store: Store) -> None:
    depths = {"minilm-l6": 1} | {f"other-{number}": 1 for number in range(19)}
    run, document = reported(store, finished.fill(store, depths=depths, tasks=("sentence_length",)))
    chart = next(chart for chart in document.of_kind("chart") if chart.title.startswith("sentence_length: "))
    named = {trace.get("legendgroup") for trace in chart.figure["data"] if trace.get("legendgroup")}
    assert len(named) == 12
    assert "minilm-l6" in named
    assert "12 of 20 checkpoints are drawn" in chart.drawn
    best = next(table for table in document.of_kind("table") if table.title == "Each checkpoint at its best layer")
    assert len(best.rows) == 20, "the table has all"
    panels = next(chart for chart in document.of_kind("chart") if " minus that of " in chart.title)
    assert "8 of 19 checkpoints" in panels.drawn
    assert len(document.of_kind("bullets")[0].items) < 12
    assert len(run.requested) == 20


def test_script_like_names_stay_text(store: Store) -> None:
    name = "<img src=x onerror=alert(1)>"
    _, document = reported(store, finished.fill(store, depths={name: 2, "</script><script>x": 2}, tasks=("upos",)))
    page = html.render(document)
    assert not re.search(r"<img(?! alt)", page)
    assert "</script><script>x" not in page
    assert page.count("&lt;img src=x") > 5


def test_several_runs_are_parts_of_one_document(store: Store) -> None:
    one, other = (reported(store, finished.fill(store, name, tasks=("upos",)))[1] for name in ("first", "second"))
    both = together([one, other])
    assert chapters(both) == [one.title, other.title, "Methods"]
    assert [part.text for part in both.parts if isinstance(part, Heading) and part.level == 2].count("Findings") == 2
    names = [card.name for card in both.of_kind("card")]
    assert len(names) == len(set(names))
    assert both.references[-1].key == "strata"
    assert len(both.references) == len(one.references)
