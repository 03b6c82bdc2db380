"""Own data from file to table: each form of task on a small model, and the real corpora where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from cache.store import Store
from probing import corpora, tasks
from probing.corpora import registered
from probing.corpora.corpus_file import CorpusFile
from probing.corpora.sentence import Corpus
from probing.corpora.statistics import describe
from probing.execution.engine import execute
from probing.runs import RunSpec, plan
from probing.settings import Settings
from tests.tiny_checkpoints import bert

ANIMALS, THINGS = ("cat", "dog", "cow", "hen"), ("mat", "hat", "pen", "cup")


def pairs() -> str:
    """Whether the first sentence is of an animal: told by its second word."""
    rows = ["premise\thypothesis\tlabel"]
    for i in range(80):
        noun = (ANIMALS if i % 2 else THINGS)[i % 4]
        rows.append(f"the {noun} {chr(97 + i % 26)}{chr(97 + i // 26)}\tit is\t{'animal' if i % 2 else 'thing'}")
    return "\n".join(rows)


def slots() -> str:
    data = {}
    for intent, nouns in (("Pet", ANIMALS), ("Take", THINGS)):
        data[intent] = [
            {
                "data": [
                    {"text": f"{intent} the "},
                    {"text": f"{nouns[i % 4]} {chr(97 + i)}", "entity": intent.lower()},
                    {"text": " ."},
                ]
            }
            for i in range(24)
        ]
    return json.dumps(data)


def measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, asked: tuple[str, ...]
) -> tuple[Corpus, pd.DataFrame]:
    monkeypatch.setenv("STRATA_STORE", str(tmp_path / "store"))
    settings = Settings.read()
    store = Store(settings.store)
    made, corpus = registered.register(store.uploads, name, [CorpusFile.of_bytes(name, text.encode())])
    spec = RunSpec(
        checkpoints=(str(bert(tmp_path / "tiny")),), corpus=made.spec, tasks=asked, seeds=1, baselines=False, precision="fp32"
    )
    planned = plan(spec, settings)
    execute(planned, store, lambda *_: None)
    return corpus, store.results.table(planned.run)


def score(table: pd.DataFrame, task: str, metric: str) -> pd.Series:
    found = table[(table["task"] == task) & (table["metric"] == metric) & (table["split"] == "test") & (table["setting"] == "{}")]
    return found.set_index("layer")["value"].sort_index()


def test_pairs_and_their_first_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, table = measured(tmp_path, monkeypatch, "pairs.tsv", pairs(), ("pair:label", "label:label"))
    for task in ("pair:label", "label:label"):
        assert score(table, task, "accuracy").loc[0] == 1.0, "the word that tells it is in the embeddings"
        assert score(table, task, "mcc").loc[0] == 1.0
    assert list(score(table, "pair:label", "accuracy").index) == [0, 1, 2]
    assert "slot_f1" not in set(table["metric"])


def test_intents_slots_and_spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("label:intent", "tag:slot", "entities:slot")
    corpus, table = measured(tmp_path, monkeypatch, "slots.json", slots(), asked)
    assert score(table, "label:intent", "accuracy").loc[0] == 1.0
    assert score(table, "entities:slot", "accuracy").loc[0] == 1.0
    assert 0 < score(table, "tag:slot", "slot_f1").loc[2] <= 1
    rows = table[(table["metric"] == "slot_f1") & (table["split"] == "test")]
    assert set(rows["task"]) == {"tag:slot"}
    assert set(rows["n"]) == {len(corpus.splits["test"])}, "a slot each"


def test_snips_as_it_is_distributed(real_data: Path) -> None:
    corpus = corpora.find(str(real_data / "snips_nlu")).load()
    assert {split: len(sentences) for split, sentences in corpus.splits.items()} == {"train": 12_406, "dev": 1_378, "test": 700}
    (complaint,) = corpus.complaints
    assert str(complaint).startswith("train_PlayMusic.json, line 9091: signs are written as two halves")
    played = {word.form for sentence in corpus.splits["train"] for word in sentence.words}
    assert {"Música", "raíces"} <= played, "one odd sign does not make the whole file Latin-1"
    intents = tasks.get_task("label:intent").label(corpus.first({"train": 500, "dev": 200, "test": 200}))
    assert len(intents.classes) == 7, "the files of a split are read in turn"
    assert len(tasks.get_task("entities:slot").label(corpus).classes) == 39
    offered = {offer.name for offer in tasks.available_tasks(corpus) if offer.reason_not is None}
    assert {"label:intent", "tag:slot", "entities:slot"} <= offered
    leaks = describe(corpus)["leaks"].set_index(["first", "second"])["sentences"]
    assert leaks["train", "dev"] == 0, "no cut of ours makes a leak"


def test_cola_as_it_is_distributed(real_data: Path) -> None:
    corpus = corpora.find(str(real_data / "cola")).load()
    sizes = {split: len(sentences) for split, sentences in corpus.splits.items()}
    assert sizes == {"train": 7_696, "dev": 855, "test": 527, "test_out_of_domain": 516}
    assert corpus.complaints == []
    found = tasks.get_task("label:acceptable").label(corpus)
    assert found.classes == ("0", "1")
    assert found.splits["test"].label.mean() == pytest.approx(365 / 527)
