"""Scores for model cards: the two forms read back by the library that defines them, with the layer chosen on dev."""

from __future__ import annotations

import pytest
import yaml
from huggingface_hub import parse_eval_result_entries
from huggingface_hub.repocard_data import model_index_to_eval_results

from cache.store import Store
from probing.analysis.rows import known_values
from probing.errors import BadInput
from probing.records import stored
from probing.reports.evaluation_results import eval_results, model_index
from tests.planted import finished


def test_model_index_has_the_scores_of_the_layer_that_dev_chose(store: Store) -> None:
    run = finished.fill(store)
    record, table = stored.run(store, run), store.results.table(run)
    said = yaml.safe_load(model_index(record, table, "minilm-l6"))
    name, found = model_index_to_eval_results(said["model-index"])
    assert name == "minilm-l6"
    (upos,) = [
        one for one in found if one.metric_type == "accuracy" and one.dataset_split == "test" and one.metric_args["probe"] == "linear"
        and one.task_name.startswith("upos,")
    ]  # fmt: skip
    assert upos.metric_args["layer"] == finished.BEST_ON_DEV
    right = known_values(table, "accuracy", "test", "upos", "linear")["minilm-l6", finished.BEST_ON_DEV]
    assert upos.metric_value == pytest.approx(right.value, abs=1e-6)
    assert f"{right.n} items" in upos.metric_args["note"]
    assert upos.task_type == "token-classification"
    assert {one.task_type for one in found} == {"token-classification", "text-classification"}
    assert (upos.dataset_name, upos.metric_args["run"]) == ("grammar", run)
    assert "second-l6" not in str(said)


def test_results_of_the_hub_stand_under_a_data_set_of_it(store: Store) -> None:
    run = finished.fill(store)
    record, table = stored.run(store, run), store.results.table(run)
    found = parse_eval_result_entries(yaml.safe_load(eval_results(record, table, "minilm-l6", "owner/name")))
    assert {one.dataset_id for one in found} == {"owner/name"}
    assert {one.task_id for one in found} == set(finished.TASKS)
    assert {str(one.date) for one in found} == {record.finished}
    assert all(one.notes and one.notes.startswith("accuracy on test") for one in found)
    hub = record.model_copy(update={"corpus": record.corpus.model_copy(update={"spec": "hub:owner/other:config?text=a"})})
    (first, *_) = parse_eval_result_entries(yaml.safe_load(eval_results(hub, table, "minilm-l6")))
    assert first.dataset_id == "owner/other"
    for wrong in (None, "grammar", "/name", "a/b/c"):
        with pytest.raises(BadInput, match="--dataset OWNER/NAME"):
            eval_results(record, table, "minilm-l6", wrong)
    with pytest.raises(BadInput, match="has no checkpoint 'other': name one of minilm-l6"):
        model_index(record, table, "other")
