"""Versions enter the ids of what they answered, above 1 alone: ids of version 1 stand here as stored tables and links have them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cache.store import Store
from probing import comparisons, distillations, sweeps, versions
from probing.comparisons import ComparisonSpec
from probing.measures import MEASURES
from probing.probes import FAMILIES
from probing.registry import Registry
from probing.runs import RunSpec, plan
from probing.settings import Settings
from probing.sweeps import SweepSpec
from probing.tasks import TASKS
from probing.tuning import METHODS
from probing.tuning.specs import DistillSpec

RUN: dict[str, Any] = {
    "checkpoints": ("minilm-l6",),
    "corpus": "grammar",
    "precision": "fp32",
    "baselines": False,
    "layers": (0, 3),
}
RUNS: dict[str, dict[str, Any]] = {
    "labels": {"tasks": ("feats:Number", "sentence_length")},
    "decodability": {"tasks": ("feats:Number", "sentence_length"), "measure": "decodability"},
    "families": {"tasks": ("feats:Number", "sentence_length"), "probes": ("bayesian", "mlp")},
    "trees": {"tasks": ("trees",), "probes": ("structural", "topological")},
    "numbers": {"tasks": ("word_depth",), "probes": ("regression",)},
    "others": {"tasks": ("arc", "upos"), "probes": ("edge", "conditional")},
}
COMPARISON: dict[str, Any] = {
    "checkpoints": ("minilm-l6", "random:minilm-l6@1"),
    "corpus": "grammar",
    "precision": "fp32",
    "baselines": False,
}
SWEEP: dict[str, Any] = {
    "checkpoint": "minilm-l6",
    "data": "grammar",
    "task": "tokens",
    "methods": ("bitfit", "full"),
    "sizes": (64,),
}
IDS = {
    "labels": "d98490fd0503bb95",
    "labels: feats:Number linear": "94061c2c8bb7dc89d7f596769ae15f9b",
    "labels: sentence_length linear": "69f88b1c316d66966df8200997668577",
    "decodability": "9c7bd1822f03ba58",
    "decodability: feats:Number linear": "a0a3664625aa5ce35e2e33b9552c80ce",
    "decodability: sentence_length linear": "94e567e4ea94697cf780450b5d0c7681",
    "families": "a01bbebcaac535c6",
    "families: feats:Number bayesian": "2b8137c5b99fcb9c70c8b9c730db8a89",
    "families: feats:Number mlp": "3e230af472aa49d547b77329e5408e89",
    "families: sentence_length bayesian": "76f5c60d080546a3a969d40298c3175c",
    "families: sentence_length mlp": "ef40d9e28b4cfde0cb4486f6bdc0aedd",
    "trees": "71405d2137bcd2be",
    "trees: trees structural": "864817f2f2826c0fc45175a1f495e2d2",
    "trees: trees topological": "d685f996ca49017d4b80fc842bc78413",
    "numbers": "3bb96fcf022b1a88",
    "numbers: word_depth regression": "e36727cefc30cb7679c0575b95f5fce6",
    "others": "b428de5368d71bfc",
    "others: arc edge": "16903dc9252c493a891551e6f47cfcdd",
    "others: arc conditional": "e9b83f7d46065632ee4351a8157cc4f9",
    "others: upos edge": "9ba13ee574a12892c9fe0e432a21fe2b",
    "others: upos conditional": "b2f60152345e662ae224e865aa81c3b1",
    "comparison": "667f670f597494e2",
    "comparison: similarity": "7d4a80675ea6b3a424e6b58ef69841e0",
    "comparison: topology": "5e04578c373c2de4bac2a985a0cacc41",
    "sweep": "920af8ddea2e4df9",
    "sweep: bitfit": "aa2fed185135fccc81026965b92e9582",
    "sweep: full": "6f75f2fe87682189a1e90bac2a55a107",
    "distillation": "724304575e5427970d1184a3d73d3cdf",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of one store, which keeps what a checkpoint's files hash to."""
    return replace(Settings.read(), store=tmp_path_factory.mktemp("versions") / "store")


def ids(settings: Settings) -> dict[str, str]:
    """The id of every question, and of its parts."""
    found: dict[str, str] = {}
    for name, asked in RUNS.items():
        run = plan(RunSpec.parse(RUN | asked), settings)
        found |= {name: run.run} | {f"{name}: {cell.task} {cell.probe}": cell.id for cell in run.cells}
    comparison = comparisons.plan(ComparisonSpec.parse(COMPARISON), settings)
    found |= {"comparison": comparison.run} | {f"comparison: {pair.kind}": pair.id for pair in comparison.pairs}
    sweep = sweeps.plan(SweepSpec.parse(SWEEP), settings)
    found |= {"sweep": sweep.run} | {f"sweep: {arm.spec.method}": arm.id for arm in sweep.arms(Store(settings.store))}
    asked = DistillSpec.parse({"teacher": "minilm-l6", "data": "grammar", "layers": 2})
    return found | {"distillation": distillations.plan(asked, settings).id}


def test_ids_of_version_1_stay(settings: Settings) -> None:
    assert ids(settings) == IDS


LABELS = {name for name in IDS if name.partition(":")[0] in ("labels", "decodability", "families")}


@pytest.mark.parametrize(
    ("registry", "name", "moved"),
    [
        (FAMILIES, "mlp", {"families", "families: feats:Number mlp", "families: sentence_length mlp"}),
        (TASKS, "sentence_length", LABELS - {name for name in LABELS if "feats" in name}),
        (TASKS, "feats:*", LABELS - {name for name in LABELS if "sentence_length" in name}),
        (METHODS, "bitfit", {"sweep", "sweep: bitfit"}),
        (MEASURES, "uuas", {"trees", "trees: trees structural"}),
        (MEASURES, "place", {"trees", "trees: trees topological"}),
        (MEASURES, "r2", {"numbers", "numbers: word_depth regression"}),
        (MEASURES, "codelength", {name for name in IDS if name.startswith("decodability")}),
        (MEASURES, "esc", {"decodability"}),
        (MEASURES, "variational_codelength", {"families"} | {name for name in IDS if name.endswith("bayesian")}),
        (MEASURES, "micro_f1", {"others"} | {name for name in IDS if name.endswith("edge")}),
        (MEASURES, "ece", LABELS | {name for name in IDS if name.startswith("others")}),
        (MEASURES, "rsa", {"comparison", "comparison: similarity"}),
        (MEASURES, "attention_edges", {"comparison", "comparison: topology"}),
        (
            MEASURES,
            "mcc",
            LABELS | {name for name in IDS if name.partition(":")[0] in ("others", "sweep", "distillation")},
        ),
    ],
)
def test_a_version_moves_what_used_it_and_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, registry: Registry[Any], name: str, moved: set[str]
) -> None:
    monkeypatch.setitem(registry._versions, name, 2)
    found = ids(settings)
    assert {name for name, id in found.items() if id != IDS[name]} == moved


def test_another_version_is_another_id(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = RunSpec.parse(RUN | RUNS["numbers"])
    found = []
    for version in (1, 2, 3):
        monkeypatch.setitem(FAMILIES._versions, "regression", version)
        found.append(plan(asked, settings).cells[0].id)
    assert len(set(found)) == 3


def test_drift_has_the_versions_of_its_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    assert versions.of_rows("drift") == {}
    monkeypatch.setitem(MEASURES._versions, "drift_angle", 4)
    assert versions.of_rows("drift") == {"measures": {"drift_angle": 4}}


def test_rows_have_the_sources_that_their_measures_name() -> None:
    """The metrics of the stored tables, by kind of family, are measures of that kind: else a version would not move their cells."""
    import gzip
    import json

    from tests.golden.questions import FILE, KEY

    unregistered = {"seen_share"}
    for table in json.loads(gzip.decompress(FILE.read_bytes())).values():
        for probe, metric in {(row[KEY.index("probe")], row[KEY.index("metric")]) for row in table["rows"]} - {(None, None)}:
            if metric in unregistered:
                continue
            family = FAMILIES.get(probe)
            run = {"run", "decodability", "curve", "code"} if family.kind == "labels" else set()
            assert set(MEASURES.get(metric).sources) & {family.kind, *run}, (probe, metric)
            if family.kind == "trees":
                assert metric in family.measures  # type: ignore[attr-defined]
