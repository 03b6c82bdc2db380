"""`finetune` and `distill` on the packaged checkpoint and a small treebank: the contract of the command line."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cache.results import COLUMNS
from cache.store import Store
from probing.__main__ import main
from probing.checkpoints import resolve

SMALL = ("--max-train", "24", "--batch", "8", "--steps", "3", "--json")
# A noun phrase, a verb and a noun phrase, with the verb at the root: form, tag, head.
PATTERN = (("the", "DET", 2), ("{0}", "NOUN", 3), ("{1}", "VERB", 0), ("a", "DET", 5), ("{2}", "NOUN", 3), (".", "PUNCT", 3))
NOUNS, VERBS = ("cat", "dog", "house", "river", "doctor", "idea"), ("sees", "likes", "finds", "makes")


class Done(NamedTuple):
    """What a command left: its exit status and its two streams."""

    status: int
    out: str
    err: str


def strata(*arguments: str) -> Done:
    """In this process, which has imported what costs seconds once."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(arguments)
    return Done(status, out.getvalue(), err.getvalue())


def answered(*arguments: str) -> dict[str, Any]:
    done = strata(*arguments)
    assert done.status == 0, done.err
    return json.loads(done.out)


@pytest.fixture(scope="module")
def data(store: Path) -> str:
    """Sixty sentences in one file."""
    lines = []
    for n in range(60):
        words = (NOUNS[n % 6], VERBS[n % 4], NOUNS[n // 6 % 6])
        for place, (form, tag, head) in enumerate(PATTERN, 1):
            lines.append(
                "\t".join((str(place), form.format(*words), "_", tag, "_", "_", str(head), "dep" if head else "root", "_", "_"))
            )
        lines.append("")
    path = store.parent / "small.conllu"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab") / "store"


@pytest.fixture(scope="module")
def tuned(store: Path, data: str) -> dict[str, Any]:
    return answered(
        *("finetune", "--checkpoint", "minilm-l6", "--task", "tokens", "--method", "bitfit", "--data", data, *SMALL),
        *("--out", str(store.parent / "tuned"), "--store", str(store)),
    )


def test_finetune_prints_one_object(tuned: dict[str, Any], store: Path) -> None:
    assert {"checkpoint", "parent", "method", "trainable", "steps", "seconds", "rows"} <= tuned.keys()
    assert (tuned["parent"], tuned["method"], tuned["steps"]) == ("minilm-l6", "bitfit", 3)
    # Nothing reads the pooler where words are asked: 26,112 without its 384.
    assert tuned["trainable"]["parameters"] == 25_728
    assert tuned["trainable"]["fraction"] == pytest.approx(25_728 / 22_713_216)
    assert len(tuned["trainable"]["names"]) == 6 * 8 + 1
    assert {(row["split"], row["metric"]) for row in tuned["rows"]} == {("dev", "accuracy"), ("test", "accuracy")}
    for row in tuned["rows"]:
        assert tuple(sorted(row)) == tuple(sorted(COLUMNS))
        assert row["lower"] <= row["value"] <= row["upper"]
    found = resolve(tuned["checkpoint"], store)
    assert found.facts.parent == "minilm-l6"


def test_a_product_is_probed_at_once(tuned: dict[str, Any], store: Path, data: str) -> None:
    done = answered(
        *("run", "--checkpoint", tuned["checkpoint"], "--corpus", data, "--task", "upos", "--layers", "0,6", "--no-baselines"),
        *("--seeds", "1", "--store", str(store), "--json"),
    )
    assert {row["checkpoint"] for row in done["rows"]} == {"tuned"}
    assert done["forward_passes"] > 0


def test_distill_prints_the_loss_by_term(tuned: dict[str, Any], store: Path, data: str) -> None:
    done = answered(
        *("distill", "--teacher", tuned["checkpoint"], "--task", "tokens", "--layers", "2", "--data", data, *SMALL),
        *("--out", str(store.parent / "student"), "--store", str(store)),
    )
    assert done["teacher"] == "tuned"
    assert set(done["loss"]) == {"hidden", "attention", "soft", "hard"}
    assert {"checkpoint", "trainable", "steps", "seconds", "rows"} <= done.keys()
    student = resolve(done["checkpoint"], store)
    assert (student.facts.layers, student.facts.hidden) == (2, 384)
    record = json.loads((Path(done["checkpoint"]) / "strata.json").read_text(encoding="utf-8"))
    assert record["layer_map"] == [3, 6]


def test_a_tree_arm_begins_with_a_stored_probe(store: Path, data: str, tmp_path: Path) -> None:
    ran = answered(
        *("run", "--checkpoint", "minilm-l6", "--corpus", data, "--task", "trees", "--probe", "topological"),
        *("--layers", "4", "--no-baselines", "--seeds", "1", "--rank", "8", "--store", str(store), "--json"),
    )
    tree = (
        "finetune",
        "--checkpoint",
        "minilm-l6",
        "--task",
        "tokens",
        "--data",
        data,
        "--out",
        str(tmp_path / "out"),
        "--store",
        str(store),
    )
    done = answered(*tree, "--method", "tree:4", "--init-probe", ran["run"], "--weight", "2", *SMALL)
    record = json.loads((tmp_path / "out" / "strata.json").read_text(encoding="utf-8"))
    assert {"cross_entropy", "tree"} <= record["history"][0].keys()
    assert record["history"][0]["tree"] > 0
    assert (record["weight"], record["init_probe"]) == (2.0, ran["run"])
    assert done["trainable"]["fraction"] == pytest.approx(1 - 147_840 / 22_713_216)
    other = strata(*tree, "--method", "tree:3", "--init-probe", ran["run"], *SMALL)
    assert other.status == 2
    assert "no topological probe of minilm-l6 at layer 3" in other.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--method", "bitfat"), "Unknown tuning method 'bitfat'"),
        (("--method", "full", "--steps", "0"), "--steps is 0"),
        (("--method", "full", "--task", "poetry"), "--task is 'poetry'"),
        (("--method", "full", "--max-train", "100000"), "ask for at most that many"),
        (("--method", "full", "--task", "intent"), "has no label of sentences"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(store: Path, data: str, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    usual = ("finetune", "--checkpoint", "minilm-l6", "--data", data, "--task", "tokens", "--out", str(tmp_path / "out"))
    done = strata(*usual, *arguments, "--store", str(store))
    assert done.status == 2
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_the_store_stays_one(tuned: dict[str, Any], store: Path) -> None:
    assert Store(store, create=False).models.is_dir()
    assert not list((store / "scratch").iterdir())
