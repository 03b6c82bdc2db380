"""RunSpec and plan: the same question has the same id, a wrong one gets a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from probing import tasks
from probing.calibration import COLUMNS
from probing.errors import BadInput
from probing.estimate import counted, problems, work
from probing.runs import RunSpec, plan
from probing.settings import Settings

ASK: dict[str, Any] = {"checkpoints": ("minilm-l6",), "corpus": "grammar", "tasks": ("upos",)}


def planned(store_root: Path, **more: Any) -> Any:
    assert Settings.read().store == store_root.resolve()
    return plan(RunSpec.parse(ASK | more), Settings.read())


def test_the_same_question_has_the_same_id(store_root: Path) -> None:
    one, two = planned(store_root), planned(store_root, precision=planned(store_root).spec.precision)
    assert one.run == two.run
    assert [cell.id for cell in one.cells] == [cell.id for cell in two.cells]


def test_ids_stay_what_they_were(store_root: Path) -> None:
    """Stored tables and links are found by them, so the literal values stand here."""
    found = planned(store_root, tasks=("feats:Number", "sentence_length"), layers=(0, 3), precision="fp32")
    assert found.run == "6e267bb9d4550bff"
    assert [cell.id for cell in found.cells] == [
        "90499e65d41a2f8168e9861d9943bde6",
        "d8240478ade2aff8ba9868983e0e8f48",
        "fd04377485882e868afb8e2a0bdb669d",
        "0db2dc94d3eca9bd2fc6847c16348b85",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"max_train": 10},
        {"seed": 1},
        {"seeds": 2},
        {"pooling": "max"},
        {"submodule": "mlp"},
        {"tasks": ("xpos",)},
        {"layers": (0, 3)},
        {"baselines": False},
        {"dimension": 64},
        {"measure": "decodability"},
    ],
)
def test_another_question_has_another_id(store_root: Path, change: dict[str, Any]) -> None:
    assert planned(store_root).run != planned(store_root, **change).run


def test_a_setting_that_the_family_does_not_read_changes_nothing(store_root: Path) -> None:
    assert planned(store_root).run == planned(store_root, width=64).run
    assert planned(store_root, probes=("mlp",)).run != planned(store_root, probes=("mlp",), width=64).run


def test_the_random_baseline_stands_beside_every_checkpoint(store_root: Path) -> None:
    result = planned(store_root)
    assert [c.name for c in result.checkpoints] == ["minilm-l6", "random:minilm-l6@0"]
    assert result.baseline_of == {"random:minilm-l6@0": ("minilm-l6",)}
    assert result.baselines == {"random:minilm-l6@0"}
    named = planned(store_root, checkpoints=("minilm-l6", "random:minilm-l6@0"))
    assert named.baseline_of == result.baseline_of
    assert named.baselines == frozenset(), "asked for by name, it is no mere baseline"
    assert [c.name for c in planned(store_root, baselines=False).checkpoints] == ["minilm-l6"]


def test_layer_0_is_part_of_a_run_with_baselines(store_root: Path) -> None:
    assert planned(store_root, layers=(3,)).cells[0].layers == (0, 3)
    assert planned(store_root, layers=(3,), baselines=False).cells[0].layers == (3,)
    assert planned(store_root).cells[0].layers == tuple(range(7))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layers": (7,)}, "layers 0 to 6"),
        ({"seeds": 0}, "seeds"),
        ({"max_train": -1}, "max_train"),
        ({"pooling": "median"}, "pooling"),
        ({"submodule": "head"}, "submodule"),
        ({"tasks": ("uposs",)}, "uposs"),
        ({"probes": ("quantum",)}, "quantum"),
        ({"corpus": "no/such/folder"}, "no/such/folder"),
        ({"checkpoints": ("no/such/folder/here",)}, "no/such/folder/here"),
        ({"tasks": ()}, "tasks"),
        ({"colour": "red"}, "colour"),
        ({"dimension": 385}, "smaller --dimension"),
        ({"measure": "decodability", "conditional_on": "7"}, "layers 0 to 6"),
        ({"measure": "decodability", "conditional_on": "minilm-l6:7"}, "layers 0 to 6"),
        ({"measure": "decodability", "conditional_on": "minilm-l6"}, "minilm-l6:3"),
        ({"measure": "decodability", "epsilon": -1.0}, "epsilon"),
    ],
)
def test_a_wrong_question_gets_one_sentence(store_root: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput) as caught:
        planned(store_root, **change)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_label_tells_a_run_of_decodability_from_one_of_accuracy(store_root: Path) -> None:
    assert planned(store_root, measure="decodability").label.endswith("decodability")
    assert "accuracy" not in planned(store_root).label


@pytest.mark.parametrize(
    "change", [{"conditional_on": "3"}, {"conditional_on": "random:minilm-l6@0:3"}, {"epsilon": 0.5}, {"as_published": True}]
)
def test_what_decodability_reads_is_part_of_its_question(store_root: Path, change: dict[str, Any]) -> None:
    plain = planned(store_root, measure="decodability")
    other = planned(store_root, measure="decodability", **change)
    assert plain.run != other.run
    own = {cell.id for cell in plain.cells} & {cell.id for cell in other.cells}
    assert len(own) == (0 if "conditional_on" in change else len(plain.cells)), "another target costs no cell"
    with pytest.raises(BadInput, match="--measure decodability"):
        planned(store_root, **change)


def test_a_spec_that_was_stored_under_the_former_name_is_the_same_question(store_root: Path) -> None:
    now = planned(store_root, measure="decodability", conditional_on="3")
    before = planned(store_root, measure="decodability", baseline="3")
    assert before.run == now.run
    assert before.spec == now.spec
    assert now.spec.conditional_on == "3"
    with pytest.raises(BadInput, match="baseline"):
        planned(store_root, measure="decodability", conditional_on="3", baseline="3")


def test_several_ranks_are_the_frontier_and_one_stands_beside_the_usual_ones(store_root: Path) -> None:
    asked = {"probes": ("low_rank",), "measure": "decodability"}
    assert planned(store_root, **asked, rank=(2, 6)).cells[0].sweep == (2, 6)
    assert set(planned(store_root, **asked, rank=6).cells[0].sweep) > {6, 1, 32}
    assert planned(store_root, **asked, rank=(2, 6)).run != planned(store_root, **asked, rank=(2, 7)).run
    with pytest.raises(BadInput, match="Several values of --rank"):
        planned(store_root, probes=("low_rank",), rank=(2, 6))


def test_tasks_and_families_that_go_together_make_the_cells(store_root: Path) -> None:
    both = planned(store_root, tasks=("upos", "trees"), probes=("linear", "structural"), baselines=False)
    assert [(cell.task, cell.probe) for cell in both.cells] == [("upos", "linear"), ("trees", "structural")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tasks": ("trees",)}, "The task trees is not for linear probes: add one of structural, topological"),
        ({"probes": ("linear", "topological")}, "The topological probe cannot answer upos: add a task such as trees"),
        (
            {"tasks": ("trees",), "probes": ("structural",), "measure": "decodability"},
            "--measure decodability is of probes of labels, which structural is not",
        ),
        ({"tasks": ("trees",), "probes": ("structural",), "dimension": 8}, "--dimension is not for the structural probe"),
        ({"tasks": ("trees",), "probes": ("structural",), "as_published": True}, "--as-published is read with"),
        ({"rank": (8, 64)}, "Several values of --rank are read with"),
    ],
)
def test_what_does_not_go_together_gets_a_sentence(store_root: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said) as error:
        planned(store_root, **change)
    assert str(error.value).count(". ") == 0


def test_ranks_of_trees_are_part_of_the_question_and_64_by_default(store_root: Path) -> None:
    trees = {"tasks": ("trees",), "probes": ("structural",)}
    assert planned(store_root, **trees).run == planned(store_root, **trees, rank=(64,)).run
    assert planned(store_root, **trees).run != planned(store_root, **trees, rank=(64, 8)).run
    assert planned(store_root, probes=("low_rank",)).run == planned(store_root, probes=("low_rank",), rank=8).run
    topology = {"tasks": ("trees",), "probes": ("topological",)}
    assert planned(store_root, **topology).run != planned(store_root, **topology, as_published=True).run


def test_the_estimate_knows_what_trees_cost() -> None:
    def cost(probe: str, **more: Any) -> float:
        return problems(RunSpec.parse(ASK | {"tasks": ("trees",), "seeds": 1} | more), probe)

    assert cost("structural", seeds=3) == 3 * cost("structural") == cost("structural", rank=(64, 32, 8))
    assert cost("topological", as_published=True) == 2 * cost("topological")
    assert cost("structural", as_published=True) == cost("structural")
    assert cost("linear") == 2, "the task and one control"


def test_a_task_of_sentences_costs_fewer_fits_than_one_of_words_and_edges_cost_both_halves(store_root: Path) -> None:
    asked = planned(store_root, tasks=("sentence_length", "upos", "arc"), max_train=50, max_dev=20, max_test=20, baselines=False)
    corpus = asked.source.load().first(asked.spec.limits)
    sizes = counted(asked.source, asked.spec.limits, asked.spec.tasks).tasks
    found = {cell.task: work(asked.spec, cell, sizes[cell.task]) / (sizes[cell.task].classes + COLUMNS) for cell in asked.cells}
    words = sum(len(sentence.words) for sentence in corpus.splits["train"])
    assert found["sentence_length"] / found["upos"] == pytest.approx(50 / words)
    arcs = len(tasks.get_task("arc").label(corpus).splits["train"])
    assert found["arc"] / found["upos"] == pytest.approx(2 * arcs / words)
