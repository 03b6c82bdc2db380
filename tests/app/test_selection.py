"""One selection on every exploring page: from the address, kept over the menu, and never another one without a word."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from cache.store import Store
from tests.app.opening import open_page, sound, words
from tests.planted import curves, tuned
from tests.planted.finished import fill


def shown(app: AppTest) -> tuple[str, list[str], str, str]:
    """Base, compared, corpus and task as the bar says them."""
    base, corpus, task = (app.selectbox(key=f"selected-{name}").value for name in ("base", "corpus", "task"))
    return base, app.multiselect(key="selected-with").value, corpus, task


def turned(app: AppTest, page: str) -> AppTest:
    """As a link of the menu does it: another page, and an address without a query."""
    app.query_params.clear()
    return sound(app.switch_page(f"pages/{page}.py").run())


def test_it_travels_with_the_menu(finished_run: str) -> None:
    app = open_page("layers", run=finished_run, base="second-l6", **{"with": "minilm-l6", "task": "feats:Number"})
    told = ("second-l6", ["minilm-l6"], "grammar", "feats:Number")
    assert shown(app) == told
    app = turned(app, "compare")
    assert shown(app) == told
    assert app.query_params["base"] == "second-l6"
    assert app.query_params["run"] == finished_run
    app = turned(turned(app, "trees"), "layers")
    assert shown(app) == told, "a page that has nothing to show forgets nothing"


def test_a_menu_writes_the_address(finished_run: str) -> None:
    app = open_page("layers")
    assert shown(app) == ("minilm-l6", ["second-l6"], "grammar", "sentence_length"), "the task asked first"
    app = sound(app.multiselect(key="selected-with").set_value([]).run())
    assert shown(app)[1] == []
    app = sound(app.selectbox(key="selected-task").set_value("upos").run())
    assert app.query_params == {"base": "minilm-l6", "with": "", "corpus": "grammar", "task": "upos"}
    again = open_page("layers", **app.query_params)
    assert shown(again) == ("minilm-l6", [], "grammar", "upos")


def test_what_the_store_lacks_is_said_and_never_replaced_in_silence(finished_run: str) -> None:
    assert not open_page("layers", run=finished_run).warning
    for address, said in (
        ({"run": "0123456789abcdef"}, "The run 0123456789abcdef in this address cannot be read from this store"),
        ({"base": "nobody"}, "No stored run here has the checkpoint nobody: minilm-l6 is shown"),
        ({"task": "nothing"}, "has the task nothing of minilm-l6 on grammar: sentence_length is shown"),
        ({"corpus": "nowhere"}, "on the corpus nowhere: grammar is shown"),
        ({"with": "nobody"}, "nobody has no stored run of sentence_length on grammar"),
    ):
        app = open_page("layers", **address)
        assert [said in words(app)] == [True], words(app)
        assert len(app.warning) == 1
        assert len(app.get("plotly_chart")) >= 1, "what there is stands below"


def test_what_the_store_lacks_is_said_by_one_page_and_not_again_by_the_next(finished_run: str) -> None:
    said = "has the task nothing of minilm-l6 on grammar"
    app = open_page("layers", task="nothing")
    assert said in words(sound(app.run())), "as long as the page stays open"
    app = turned(app, "compare")
    assert said not in words(app)
    assert said in words(turned(app, "layers"))
    app.query_params["task"] = "nothing else"
    assert "has the task nothing else of minilm-l6" in words(sound(app.run())), "another question"


def test_a_run_that_a_page_cannot_show_is_said(finished_run: str, store_root: Path) -> None:
    other = curves.fill(Store(store_root))
    app = open_page("effort", run=finished_run)
    assert "has nothing for this page: instead of it, " in words(app)
    assert len(app.warning) == 1
    assert other[:6] in words(app)


def test_addresses_of_earlier_releases_keep_working(store_root: Path) -> None:
    run = tuned.fill(Store(store_root))
    app = open_page("compare", run=run, base="base", against=["full-0"])
    assert shown(app)[:2] == ("base", ["full-0"])
    assert "against" not in app.query_params
    assert app.query_params["with"] == "full-0"


def test_what_a_named_run_lacks_ends_its_naming(finished_run: str, store_root: Path) -> None:
    tuned.fill(Store(store_root))
    app = open_page("layers", run=finished_run)
    assert "base" in app.selectbox(key="selected-base").options, "the other run's, offered too"
    app = sound(app.selectbox(key="selected-base").set_value("base").run())
    assert "run" not in app.query_params
    assert shown(app)[0] == "base"
    assert "bitfit-0" in app.multiselect(key="selected-with").options


def test_checkpoints_of_two_runs_share_a_chart(store_root: Path) -> None:
    store = Store(store_root)
    fill(store, depths={"minilm-l6": 6}, tasks=("upos",))
    fill(store, "other", depths={"second-l6": 6}, tasks=("upos",))
    app = open_page("layers", base="minilm-l6", **{"with": "second-l6"})
    assert shown(app) == ("minilm-l6", ["second-l6"], "grammar", "upos")
    assert not app.warning
    said = words(app)
    assert "minilm-l6: accuracy" in said
    assert "Compared: second-l6" in said
