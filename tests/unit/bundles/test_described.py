"""Checkpoints and corpora that came in a bundle: the same ids as where they lie, and a sentence for whoever asks something new of them."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from cache.store import Store
from cache.table import tidy
from probing import checkpoints, comparisons, corpora, distillations
from probing.bundles import importing
from probing.bundles.exporting import export
from probing.checkpoints import described, products
from probing.comparisons import ComparisonSpec
from probing.corpora import source
from probing.errors import BadInput
from probing.execution import comparison as comparing
from probing.execution import queue
from probing.records import stored
from probing.records.run import RecordedCheckpoint, RecordedCorpus, RunRecord
from probing.runs import RunSpec, plan
from probing.settings import Settings
from probing.tuning.specs import DistillSpec
from tests import tiny_checkpoints
from tests.planted import record

CORPUS = "".join(f"1\t{one}\t_\tX\t_\t_\t0\troot\t_\t_\n2\ttwo\t_\tY\t_\t_\t1\tdep\t_\t_\n\n" for one in "abcdefgh")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Store, str, list[str], Path]:
    """A bundle of a run and a comparison of two folders on a corpus in a folder, with what they lie under."""
    root = tmp_path_factory.mktemp("secret-place")
    folders = [str(tiny_checkpoints.bert(root / name, seed)) for seed, name in enumerate(("base", "other"))]
    data = root / "my-data"
    data.mkdir()
    for split in ("train", "dev", "test"):
        (data / f"{split}.conllu").write_text(CORPUS)
    store = Store(root / "store")
    settings = replace(Settings.read(), store=store.root, roots=None)
    planned = plan(RunSpec.parse({"checkpoints": tuple(folders), "corpus": str(data), "tasks": ("upos",)}), settings)
    planted = record.PlantedRun(store, planned.run, "my-data")
    row = {"layer": 0, "metric": "accuracy", "split": "test", "value": 0.5, "unit": "fraction", "n": 2}

    for cell in planned.cells:
        note = [f"{folders[0]} has 3 words without a vector, see {root}/store/logs/x.log."]
        planted.cell(cell.checkpoint.name, cell.task, cell.probe, [row], pd.DataFrame(), notes=note, id=cell.id)
    entries = [RecordedCheckpoint.of(one, planned) for one in planned.checkpoints]
    corpus = RecordedCorpus(name="my-data", hash=planned.source.hash, spec=planned.source.spec)
    asked_task = record.task("upos", "syntax", "word", ("X", "Y"))
    made = RunRecord(
        run=planned.run,
        label=planned.label,
        finished=record.FINISHED,
        spec=planned.spec,
        corpus=corpus,
        tasks=(asked_task,),
        probes=("linear",),
        checkpoints=tuple(entries),
        cells=tuple(planted.cells),
    )
    stored.save_run(store, made, tidy(planted.rows), pd.DataFrame())
    asked = comparisons.plan(ComparisonSpec.parse({"checkpoints": tuple(folders), "corpus": str(data)}), settings)
    comparing.execute(asked, store, lambda *_: None)
    store.jobs.submit(asked.run, asked.spec.model_dump(mode="json"), asked.label, kind="comparison")
    store.jobs.finish(asked.run, "done")
    path = root / "shared.strata"
    held = export(store, [planned.run], path, settings).held
    assert [one.kind for one in held] == ["run", "comparison"], "a comparison of the same checkpoints goes along"
    return path, store, planned.run, folders, data


@pytest.fixture
def there(shared: tuple[Path, Store, str, list[str], Path], tmp_path: Path) -> Settings:
    store = Store(tmp_path / "there")
    importing.take(shared[0], store)
    return replace(Settings.read(), store=store.root)


def test_no_byte_of_it_says_where_it_lay(shared: tuple[Path, Store, str, list[str], Path]) -> None:
    with zipfile.ZipFile(shared[0]) as opened:
        for name in opened.namelist():
            for place in (str(shared[0].parent), "secret-place", str(Path.home()) + "/"):
                assert place.encode() not in opened.read(name), name


def test_the_same_question_has_the_same_id(shared: tuple[Path, Store, str, list[str], Path], there: Settings) -> None:
    _, here, run, _, _ = shared
    store = Store(there.store)
    found = stored.run(store, run)
    assert all(spec.startswith("bundle:") for spec in (*found.spec.checkpoints, found.corpus.spec))
    known = replace(there, weightless=True)
    again = plan(found.spec, known)
    assert again.run == run
    assert again.answered(store)
    (job,) = store.jobs.recent(5)
    asked = comparisons.plan(ComparisonSpec.parse(job.spec), known)
    assert asked.run == job.run
    assert asked.answered(store)
    assert asked.table(store).equals(asked.table(here))


def test_a_students_teacher_is_known_by_its_head_too(tmp_path: Path) -> None:
    folder = tiny_checkpoints.bert(tmp_path / "teacher")
    spec = DistillSpec.parse({"teacher": str(folder), "data": "grammar", "layers": 1})
    of = replace(Settings.read(), store=tmp_path / "store", roots=None)
    headless = distillations.plan(spec, of).id
    (folder / products.HEAD).write_bytes(b"a head")
    here = distillations.plan(spec, of)
    assert here.id != headless
    content = described.description(here.parent)
    described.folders(of.store).save(described.name_of(content), content, {})
    shutil.rmtree(folder)
    assert distillations.plan(spec, replace(of, weightless=True)).id == here.id


def test_nothing_new_is_asked_of_what_is_not_here(there: Settings) -> None:
    store = Store(there.store)
    (found,) = stored.runs(store)
    said = r"base is not on this machine: its results came in a bundle, .* cannot be read anew; ask whoever shared the bundle for the folder"
    with pytest.raises(BadInput, match=said):
        plan(found.spec, there)
    other = plan(found.spec.model_copy(update={"pooling": "max"}), replace(there, weightless=True))
    with pytest.raises(BadInput, match=said):
        queue.submit(other, store)
    source._parsed.clear()  # what this process read of it before
    with pytest.raises(BadInput, match="my-data is not on this machine"):
        corpora.named(found.corpus.spec, there).load()
    with pytest.raises(BadInput, match="is no checkpoint"):
        checkpoints.find("unknown-everywhere", there)
