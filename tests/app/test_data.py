"""Add data on Corpora and data: every format from upload to corpus, columns suggested and chosen, leaks, complaints, faults as a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from probing.corpora import registered
from probing.execution import queue
from probing.settings import Settings
from tests.app.opening import open_page, sound, words

TREE = "1\tDogs\tdog\tNOUN\tNNS\tNumber=Plur\t2\tnsubj\t_\t_\n2\trun{0}\trun\tVERB\tVBP\t_\t0\troot\t_\t_\n\n"


def intents(name: str, count: int) -> str:
    chunks = [[{"text": f"{name} number {i} "}, {"text": "Blue Train", "entity": "album"}, {"text": "?"}] for i in range(count)]
    return json.dumps({name: [{"data": data} for data in chunks]})


FILES = {
    "conllu": ("bank.conllu", "".join(TREE.format(i) for i in range(20))),
    "edges": (
        "edges.jsonl",
        "".join(
            json.dumps({"text": f"dogs run{i}", "targets": [{"span1": [1, 2], "span2": [0, 1], "label": "nsubj"}]}) + "\n"
            for i in range(20)
        ),
    ),
    "tsv": ("films.tsv", "text\tlabel\n" + "".join(f"film {i}\t{'good' if i % 2 else 'bad'}\n" for i in range(20))),
    "csv": ("films.csv", "text,label\n" + "".join(f'"film {i}, long",{"good" if i % 2 else "bad"}\n' for i in range(20))),
    "jsonl": ("films.jsonl", "".join(json.dumps({"text": f"film {i}", "label": i % 2}) + "\n" for i in range(20))),
    "iob": ("names.iob", "".join(f"Ada{i} B-PER\nwrites O\n\n" for i in range(20))),
    "slots": ("train_Play.json", intents("Play", 20)),
    "cola": ("cola.tsv", "".join(f"gj04\t{i % 2}\t\tThey drank {i}.\n" for i in range(20))),
}


def upload(*files: tuple[str, str | bytes]) -> AppTest:
    app = open_page("corpora", do="Add data")
    given = [(name, data if isinstance(data, bytes) else data.encode(), "text/plain") for name, data in files]
    app.file_uploader(key="data-files").set_value(given)
    return sound(app.run())


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return sound(app.run())


def menu(app: AppTest, label: str) -> object:
    """The value of the select box of that label."""
    (found,) = [box for box in app.selectbox if box.label == label]
    return found.value


def only_error(app: AppTest) -> str:
    (error,) = app.error
    return str(error.value).replace("\\", "")


@pytest.mark.usefixtures("store_root")
def test_the_empty_page_teaches_every_format() -> None:
    app = open_page("corpora", do="Add data")
    examples = [code.value for code in app.code]
    assert len(examples) == len(FILES)
    assert all(example.count("\n") == 1 for example in examples), "two lines each"
    assert all(name in app.expander[0].label for name in FILES)


@pytest.mark.parametrize("kind", list(FILES))
def test_every_format_is_recognised_shown_and_registered(kind: str, store_root: Path) -> None:
    app = upload(FILES[kind])
    assert menu(app, "Format") == kind
    told = {metric.label: metric.value for metric in app.metric}
    assert (told["Sentences"], told["Complaints"]) == ("20", "0")
    assert "No duplicates across splits" in words(app)
    assert not Store(store_root).uploads.joinpath(Path(FILES[kind][0]).stem).exists(), "nothing is kept before it is asked for"
    press(app, "register")
    (spec,) = registered.names(store_root / "uploads")
    assert spec in app.success[0].value.replace("\\", "")
    assert app.selectbox(key="corpus").value == spec
    again = open_page("corpora", corpus=spec)
    assert {metric.label: metric.value for metric in again.metric}["Sentences"] == "20"
    assert "Probe this corpus" in words(again)


def test_columns_are_chosen_on_a_preview(store_root: Path) -> None:
    rows = "".join(f"{i}\tfilm {i}\t{'good' if i % 2 else 'bad'}\n" for i in range(20))
    app = upload(("films.tsv", "id\treview\tverdict\n" + rows))
    assert "does not say which column holds the text (it has id, review, verdict)" in only_error(app)
    assert not [button for button in app.button if button.key == "register"], "what cannot be read has no button"
    assert app.dataframe[0].value["review"].tolist() == [f"film {i}" for i in range(5)]
    assert "Suggested as a label, since it has two values: verdict" in words(app)
    next(box for box in app.selectbox if box.label == "Text").set_value("review")
    sound(app.run())
    assert not app.error
    press(app, "register")
    found = registered.find_registered(store_root / "uploads", "films")
    assert (found.reading.text, found.reading.labels) == ("review", ("verdict",))


@pytest.mark.usefixtures("store_root")
def test_a_file_without_a_header() -> None:
    app = upload(("films.csv", "".join(f"film {i},{'good' if i % 2 else 'bad'}\n" for i in range(20))))
    assert "does not say" in only_error(app)
    app.toggle[0].set_value(False)
    sound(app.run())
    assert list(app.dataframe[0].value.columns) == ["1", "2"]


def test_a_name_that_is_taken_is_said(store_root: Path) -> None:
    press(upload(FILES["tsv"]), "register")
    assert "data:films is already registered" in words(upload(FILES["csv"]))
    assert "already registered" not in words(upload(FILES["iob"]))
    assert registered.names(store_root / "uploads") == ["data:films"]


def test_pairs_and_numbers(store_root: Path) -> None:
    rows = "".join(f"A man {i}.\tSomebody {i}.\t{'yes' if i % 2 else 'no'}\t{i / 4}\n" for i in range(20))
    app = press(upload(("pairs.tsv", "premise\thypothesis\tlabel\tscore\n" + rows)), "register")
    assert not app.error
    found = registered.find_registered(store_root / "uploads", "pairs").source().load()
    pair = found.splits["train"][0]
    assert pair.second is not None
    assert pair.second.text.startswith("Somebody")
    assert dict(pair.labels).keys() == {"label", "score"}


def test_duplicates_and_complaints_are_listed(store_root: Path) -> None:
    train = "text\tlabel\n" + "".join(f"film {i}\t{'good' if i % 2 else 'bad'}\n" for i in range(20)) + "broken\n"
    test = b"text\tlabel\nfilm 3\tgood\nnew one\tbad\n" + "café\tgood\n".encode("latin-1")
    app = press(upload(("x-train.tsv", train), ("x-test.tsv", test)), "register")
    assert not app.error
    (spec,) = registered.names(store_root / "uploads")
    assert "Dev is a tenth of train" in words(app)
    leaks = open_page("corpora", corpus=spec, view="Duplicates").dataframe[0].value.to_dict("records")
    assert [(row["sentence"], row["lines"]) for row in leaks] == [("film 3", "5, 2")]
    table = open_page("corpora", corpus=spec, view="Complaints").dataframe[0].value
    assert table["file"].tolist() == ["x-train.tsv", "x-test.tsv"]
    assert table["line"].tolist() == [22, 4]
    assert "The sentence was left out" in table["complaint"][0]
    assert "Latin-1" in table["complaint"][1]


def test_class_balance_is_drawn(store_root: Path) -> None:
    press(upload(FILES["slots"]), "register")
    app = open_page("corpora", corpus="data:train-play", view="Labels", labels="tag:slot")
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert [trace["name"] for trace in chart["data"]] == ["train", "dev", "test"]
    assert set(app.dataframe[0].value["label"]) == {"O", "B-album", "I-album"}
    app = open_page("corpora", corpus="data:train-play", view="Sentences", show="slot")
    assert "B-album" in app.get("html")[0].proto.body
    assert "intent: Play" in app.get("html")[0].proto.body


def test_a_path_stays_where_it_is_and_a_link_opens_it(tmp_path: Path, store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path))
    folder = tmp_path / "My films"
    folder.mkdir()
    (folder / "train.csv").write_text(FILES["csv"][1])
    (folder / "test.csv").write_text("text,label\nsome film,good\n")
    app = press(open_page("corpora", path=str(folder)), "register")
    assert not app.error
    assert sorted(path.name for path in (store_root / "uploads" / "my-films").iterdir()) == ["mapping.json"]
    assert registered.names(store_root / "uploads") == ["data:my-films"]
    for path, said in (
        ("/etc", "outside the allowed folders"),
        (f"{tmp_path}/../x", "contains"),
        (str(tmp_path / "no"), "No corpus at"),
    ):
        assert said in only_error(open_page("corpora", path=path))


def test_forgetting(store_root: Path) -> None:
    press(upload(FILES["tsv"]), "register")
    app = press(open_page("corpora", corpus="data:films"), "forget")
    assert "no longer registered" in app.success[0].value
    assert registered.names(store_root / "uploads") == []
    assert app.selectbox(key="corpus").value == "grammar"


@pytest.mark.usefixtures("store_root")
@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("a.pdf", "%PDF-1.4"), "not recognised"),
        (("a.tsv", "text\tlabel\none\tx\n"), "1 sentences, too few to split"),
        (("a.conllu", b"1\t\xff\t_\tX\t_\t_\t0\troot\t_\t_\n"), "not UTF-8"),
        (("a.json", '{"X": [{"data": [\n}'), "line 2"),
        (
            ("a.jsonl", '{"text": "a", "targets": [{"span1": [0, 9], "label": "x"}]}\n'),
            "line 1: 'span1' is [0, 9] in a text of 1 words",
        ),
        (("a.iob", ""), "holds no sentence"),
        (("a.csv", "text,text\n"), "the header has 'text' twice"),
        (("语.tsv", "text\tlabel\n"), "give the corpus another name"),
    ],
)
def test_a_bad_file_is_one_sentence_and_keeps_nothing(file: tuple[str, str | bytes], said: str, store_root: Path) -> None:
    assert said in only_error(upload(file))
    assert registered.names(store_root / "uploads") == []


@pytest.mark.usefixtures("store_root")
def test_markup_in_own_data_is_text() -> None:
    rows = "".join(f"<script>alert({i})</script>\t<b>{i % 2}</b>\n" for i in range(20))
    press(upload(("x.tsv", "text\tlabel\n" + rows)), "register")
    body = open_page("corpora", corpus="data:x", view="Sentences").get("html")[0].proto.body
    assert "<script>" not in body
    assert "<b>" not in body


def test_intents_and_slots_can_be_asked_on_new_run(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_supervise", lambda *_: None)
    files = [
        ("train_Play.json", intents("Play", 30)),
        ("train_Book.json", intents("Book", 30)),
        ("validate_Play.json", intents("Play", 5)),
    ]
    files.append(("validate_Book.json", intents("Book", 5).replace("number", "no")))
    pieces = registered.uploaded([(name, data.encode()) for name, data in files])
    made, _ = registered.register(store_root / "uploads", "snips", pieces)
    app = open_page("new_run", corpus=made.spec, task=["label:intent", "tag:slot"])
    assert [box.key for box in app.checkbox if box.value] == ["task-tag:slot", "task-label:intent"]
    press(app, "start")
    asked = Store(store_root).jobs.recent(1)[0].spec
    assert (asked["corpus"], asked["tasks"]) == ("data:snips", ["label:intent", "tag:slot"])


# Files as they are published


def chosen(app: AppTest) -> tuple[object, object]:
    return menu(app, "Text"), next(list(found.value) for found in app.multiselect if found.label == "Labels")


@pytest.mark.usefixtures("store_root")
def test_a_table_of_excel_is_read_as_it_stands() -> None:
    rows = "".join(f"Ça coûte {i} €;{'gut' if i % 2 else 'schlecht'};{i},5\r\n" for i in range(20))
    app = upload(("filme.csv", ("text;label;score\r\n" + rows).encode("cp1252")))
    assert chosen(app) == ("text", ["label"])
    assert not app.error
    assert menu(app, "Column separator") == "automatic"
    app = press(app, "register")
    (kept,) = registered.names(Store(Settings.read().store).uploads)
    found = registered.find_registered(Store(Settings.read().store).uploads, kept.removeprefix("data:"))
    assert (found.reading.format, found.reading.sep, found.reading.numbers) == ("csv", ";", ("score",))
    corpus = found.source().load()
    assert {s.forms[-1] for sentences in corpus.splits.values() for s in sentences} == {"€"}


@pytest.mark.usefixtures("store_root")
def test_what_guessing_must_not_decide_is_chosen_on_the_page() -> None:
    rows = "".join(f"{'abc'[i % 3]}~{('yes', 'no', '?')[i % 3]}~film {i}\n" for i in range(60))
    app = upload(("films.csv", rows.replace("~", "|")))
    app.toggle[0].set_value(False)
    sound(app.run())
    for label, value in (("Text", "3"), ("Split", "1")):
        next(box for box in app.selectbox if box.label == label).set_value(value)
    next(box for box in app.multiselect if box.label == "Labels").set_value(["2"])
    next(box for box in app.text_input if box.label == "Label for no label").set_value("?")
    next(box for box in app.text_input if box.label == "Names of splits").set_value("a=train,b=test,c=dev")
    sound(app.run())
    assert not app.error, [error.value for error in app.error]
    assert {metric.label: metric.value for metric in app.metric}["Sentences"] == "40"
    next(box for box in app.text_input if box.label == "Encoding").set_value("rot13")
    app.run()
    assert "no encoding of text" in app.error[0].value


@pytest.mark.usefixtures("store_root")
def test_advice_on_the_page_names_its_controls_and_columns_are_no_links() -> None:
    app = upload(("a.tsv", "[x](http://evil.example)\twww.evil.example\n1\t2\n"))
    said = only_error(app)
    assert "choose its column below the format" in said
    assert not {"--", "http://", "www."} & {said[i : i + n] for n in (2, 4, 7) for i in range(len(said))}
    assert "](" not in app.error[0].value, "brackets are escaped, and a bare address is parted by a sign that nobody sees"
