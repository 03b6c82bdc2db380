"""Formats: each by hand, written and read back, and every fault a complaint with its line, never a traceback."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.corpora.formats import FORMATS, recognised
from probing.corpora.reading import Reading
from probing.corpora.sentence import Target
from probing.errors import BadInput
from tests.unit.corpora.reading import FORM, FORMS, lines, read, said, words

# What every format promises


@pytest.mark.parametrize("name", FORMATS.names())
def test_the_example_on_the_page_is_recognised_and_read(name: str) -> None:
    found = FORMATS.get(name)
    raw, file = found.example.encode(), f"x{found.endings[0]}"
    assert recognised([(file, raw)]) is found
    if name == "jsonl":
        parsed = found.parse(raw.split(b"\n")[0], file, found.suggest(raw.split(b"\n")[0], file), lambda _: None)
    else:
        parsed = found.parse(raw, file, found.suggest(raw, file), lambda _: None)
    assert parsed.sentences
    assert parsed.complaints == []


@pytest.mark.parametrize("name", FORMATS.names())
@given(data=st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_sentences_or_one_sentence_of_complaint(name: str, data: bytes) -> None:
    found = FORMATS.get(name)
    file = f"x{found.endings[0]}"
    parsed, told = None, ""
    try:
        found.recognise(data, file)
        found.look(data, file)
        parsed = found.parse(data, file, found.suggest(data, file), lambda _: None)
    except BadInput as error:
        told = str(error)
    assert "\n" not in told
    assert bool(told) != bool(parsed and parsed.sentences)
    assert all(complaint.line >= 1 for complaint in (parsed.complaints if parsed else []))


@pytest.mark.parametrize("name", FORMATS.names())
def test_an_empty_file_is_refused_in_words(name: str) -> None:
    with pytest.raises(BadInput, match=r"holds no sentence|Expecting"):
        read(name, "")


def test_latin_1_is_read_and_said() -> None:
    parsed = read("tsv", "text\tlabel\nfine\tx\ncafé\ty\n".encode("latin-1"))
    assert [words(s) for s in parsed.sentences] == [["fine"], ["café"]]
    assert said(parsed) == ["f.tsv, line 3: byte 0xe9 is not UTF-8, so the whole file was read as Latin-1."]


def test_a_tenth_broken_is_left_out_and_more_is_refused() -> None:
    good, bad = "A fine film.\tgood\n", "no label\n"
    parsed = read("tsv", "text\tlabel\n" + good * 9 + bad)
    assert len(parsed.sentences) == 9
    assert said(parsed) == ["f.tsv, line 11: the row has 1 columns where the first has 2. The sentence was left out."]
    with pytest.raises(BadInput, match=r"f\.tsv, line 10: the row has 1 columns .* 1 of 9 sentences are broken"):
        read("tsv", "text\tlabel\n" + good * 8 + bad)


@pytest.mark.parametrize(
    ("file", "head", "name"),
    [
        ("a.conllu", b"", "conllu"),
        ("a.txt", b"# x\n1\ta\t_\t_\t_\t_\t0\troot\t_\t_\n", "conllu"),
        ("a.conll", b"-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n", "iob"),
        ("a.conll", b"1\ta\n", "conllu"),  # whose parser says what is wrong
        ("a.tsv", b"EU\tB-ORG\nrejects\tO\n", "iob"),
        ("a.tsv", b"text\tlabel\nEU\tO\n", "tsv"),
        ("in_domain_dev.tsv", b"gj04\t1\t\tA.\nx\t0\t*\tB.\n", "cola"),
        ("a.csv", b"text,label\n", "csv"),
        ("a.jsonl", b'{"text": "a", "targets": []}\n', "edges"),
        ("a.jsonl", b'{"text": "a", "label": 1}\n', "jsonl"),
        ("a.json", b'{\n "X": [\n {"data": [', "slots"),
    ],
)
def test_formats_are_recognised(file: str, head: bytes, name: str) -> None:
    assert recognised([(file, head)]).card.name == name


@pytest.mark.parametrize(
    ("file", "head"), [("a.pdf", b"%PDF"), ("a.txt", b"plain text\n"), ("a.json", b"[1]"), ("a.jsonl", b"x\n")]
)
def test_what_is_not_recognised_is_said(file: str, head: bytes) -> None:
    with pytest.raises(BadInput, match=f"The format of {file} cannot be told: register it"):
        recognised([(file, head)])


# Edge probing


def test_edges_by_hand() -> None:
    row = {
        "text": "Dogs bark loudly",
        "targets": [
            {"span1": [1, 2], "span2": [0, 1], "label": "nsubj"},
            {"span1": [0, 3], "label": ["S"]},
            {"span1": [0, 1], "label": ["a", "b"]},
        ],
    }
    parsed = read("edges", lines(row))
    assert parsed.sentences[0].targets == (Target("nsubj", (1, 2), (0, 1)), Target("S", (0, 3)))
    assert said(parsed) == ["f.jsonl, line 1: 1 of its targets have not one label each, and were left out."]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"text": "", "targets": []}, "'text' holds no words"),
        ({"text": "a b"}, "'targets' is no list"),
        ({"text": "a b", "targets": [{"span1": [0, 3], "label": "x"}]}, "'span1' is [0, 3] in a text of 2 words"),
        ({"text": "a b", "targets": [{"span1": [1, 1], "label": "x"}]}, "'span1' is [1, 1]"),
        ({"text": "a b", "targets": [{"span1": [0, 1], "span2": [True, 2], "label": "x"}]}, "'span2' is no pair"),
        ({"text": "a b", "targets": [{"label": "x"}]}, "'span1' is no pair"),
    ],
)
def test_a_faulty_edge_takes_its_sentence_with_it(row: dict[str, Any], complaint: str) -> None:
    good = {"text": "a b", "targets": [{"span1": [0, 1], "label": "x"}]}
    parsed = read("edges", lines(*[good] * 5, row, *[good] * 5) + "\n")
    assert len(parsed.sentences) == 10
    assert parsed.complaints[0].line == 6
    assert complaint in parsed.complaints[0].message


@given(st.data())
@settings(deadline=None)
def test_edges_survive_writing(data: st.DataObject) -> None:
    forms = data.draw(FORMS)
    span = st.integers(0, len(forms) - 1).flatmap(lambda a: st.tuples(st.just(a), st.integers(a + 1, len(forms))))
    targets = data.draw(st.lists(st.builds(Target, FORM, span, st.none() | span), max_size=4))
    row = {
        "text": " ".join(forms),
        "targets": [{"span1": t.first, "label": t.label} | ({"span2": t.second} if t.second else {}) for t in targets],
    }
    (found,) = read("edges", lines(row)).sentences
    assert words(found) == forms
    assert found.targets == tuple(targets)


# Tables


def test_tables_by_hand() -> None:
    parsed = read("csv", 'text,label,split\n"A man, he said,\nsings.",x,train\nShe sings.,y,validation\n')
    assert [words(s) for s in parsed.sentences] == [["A", "man", ",", "he", "said", ",", "sings", "."], ["She", "sings", "."]]
    assert [(s.line, s.labels) for s in parsed.sentences] == [(2, (("label", "x"),)), (4, (("label", "y"),))]
    assert parsed.splits == ["train", "dev"]
    parsed = read("tsv", 'premise\thypothesis\tlabel\tscore\n"Quote\tB c\t1\t4.5\n')
    (pair,) = parsed.sentences
    assert words(pair) == ['"', "Quote"]
    assert pair.second is not None
    assert words(pair.second) == ["B", "c"]
    assert pair.labels == (("label", "1"), ("score", "4.5"))
    parsed = read("jsonl", lines({"tokens": ["Ada", "writes ."], "ner_tags": ["B-PER", 0]}, {"tokens": ["x"], "ner_tags": ["O"]}))
    assert [w.tags for w in parsed.sentences[0].words] == [(("ner_tags", "B-PER"),), (("ner_tags", "0"),)]
    assert words(parsed.sentences[0]) == ["Ada", "writes ."], "words are taken as they are"


def test_columns_without_a_header_go_by_number() -> None:
    parsed = read("tsv", "x\t1\tA b.\n", header=False, text="3", labels=("2",))
    assert parsed.sentences[0].labels == (("2", "1"),)


def test_json_rows_may_lack_a_column_and_one_label_is_enough() -> None:
    parsed = read("jsonl", lines({"text": "a", "label": True}, {"text": "b", "score": 1}), labels=("label",), numbers=("score",))
    assert [s.labels for s in parsed.sentences] == [(("label", "true"),), (("score", "1"),)]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"text": "", "label": "x"}, "'text' holds no text"),
        ({"text": 3, "label": "x"}, "'text' holds no text"),
        ({"text": ["a", " "], "label": "x"}, "'text' has a word that is empty"),
        ({"text": "a", "label": " "}, "label, score is empty"),
        ({"text": "a", "label": {}}, "'label' holds no label"),
        ({"text": "a b", "label": ["x"]}, "'label' has 1 labels where the text has 2 words"),
        ({"text": "a", "score": "much"}, "'score' is 'much', which is no number"),
        ({"text": "a", "score": "nan"}, "no number"),
        ({"text": "a", "label": "x", "split": "else"}, "'split' is 'else', which is none of train, dev and test"),
        ([], "no JSON object"),
    ],
)
def test_a_faulty_row_is_left_out_and_said(row: dict[str, Any], complaint: str) -> None:
    good = {"text": "a b", "label": "x", "score": 1.5, "split": "train"}
    given_row = {"split": "test"} | row if isinstance(row, dict) else row
    parsed = read("jsonl", lines(*[good] * 10, given_row))
    assert len(parsed.sentences) == 10
    assert parsed.complaints[0].line == 11
    assert complaint in parsed.complaints[0].message


@pytest.mark.parametrize(
    ("data", "columns", "complaint"),
    [
        (
            "a\tb\nx\ty\n",
            {},
            r"does not say which column holds the text \(it has a, b\): register it with python -m probing corpora add",
        ),
        ("text\tb\nx\ty\n", {}, r"does not say which column holds a label or a number \(it has text, b\)"),
        ("text\tb\nx\ty\n", {"labels": ("c",)}, "has no column 'c'"),
        ("text\ttext\nx\ty\n", {}, "line 1: the header has 'text' twice"),
        ("text\t\nx\ty\n", {}, "line 1: the header has one without a name"),
    ],
)
def test_columns_that_are_not_there(data: str, columns: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        read("tsv", data, **columns)


def test_an_open_quote_is_a_complaint_and_later_rows_are_read() -> None:
    rows = "A fine film.,good\n" * 12
    parsed = read("csv", f'text,label\n{rows}"closed"then,bad\n{rows}')
    assert len(parsed.sentences) == 24
    assert said(parsed) == ["f.csv, line 14: the row cannot be read (',' expected after '\"'). The sentence was left out."]


@given(st.lists(st.tuples(FORMS, FORM), min_size=1, max_size=8), st.sampled_from(["tsv", "csv", "jsonl"]))
@settings(deadline=None)
def test_labels_survive_writing(rows: list[tuple[list[str], str]], kind: str) -> None:
    texts = [(" ".join(forms), label) for forms, label in rows]
    if kind == "jsonl":
        data = lines(*({"text": text, "label": label} for text, label in texts))
    elif kind == "tsv":
        data = "".join(f"{text}\t{label}\n" for text, label in [("text", "label"), *texts])
    else:
        buffer = io.StringIO()
        csv.writer(buffer).writerows([("text", "label"), *texts])
        data = buffer.getvalue()
    found = read(kind, data).sentences
    assert [(words(s), dict(s.labels)["label"]) for s in found] == [(forms, label) for forms, label in rows]


# Tags in columns


def test_iob_by_hand() -> None:
    data = "-DOCSTART- -X- -X- O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n\n\n# id 7\nPeter NNP I-NP I-PER\n"
    first, second = read("iob", data).sentences
    assert (words(first), first.line) == (["EU", "rejects"], 3)
    assert [word.tags for word in first.words] == [(("ner", "I-ORG"),), (("ner", "O"),)]
    assert (words(second), second.line) == (["Peter"], 8)
    first, _ = read("iob", data, labels=("pos", "ner")).sentences
    assert first.words[0].tags == (("pos", "NNP"), ("ner", "I-ORG"))
    (tabs,) = read("iob", "a b\tO\nc\tB-X\n").sentences
    assert [(word.form, word.tags) for word in tabs.words] == [("a b", (("2", "O"),)), ("c", (("2", "B-X"),))]


def test_a_line_of_other_columns_takes_its_sentence_with_it() -> None:
    good = "Ada B-PER\nwrites O\n\n"
    parsed = read("iob", good * 9 + "Ada B-PER\nwrites\nx O\n\n" + good)
    assert len(parsed.sentences) == 10
    assert said(parsed) == ["f.iob, line 29: the line has 1 columns where the first has 2. The sentence was left out."]
    with pytest.raises(BadInput, match="has no column '3'"):
        read("iob", good, labels=("3",))


@given(st.lists(st.lists(st.tuples(FORM, st.sampled_from(["O", "B-X", "I-X"])), min_size=1, max_size=5), min_size=1, max_size=5))
@settings(deadline=None)
def test_tags_survive_writing(sentences: list[list[tuple[str, str]]]) -> None:
    data = "".join("".join(f"{form} {tag}\n" for form, tag in rows) + "\n" for rows in sentences)
    found = read("iob", data).sentences
    assert [[(word.form, dict(word.tags)["2"]) for word in sentence.words] for sentence in found] == sentences


# CoLA


def test_cola_by_hand() -> None:
    parsed = read("cola", 'gj04\t1\t\tThey "drank".\ngj04\t0\t*\tThey drank the pub.\n')
    assert [s.labels for s in parsed.sentences] == [(("acceptable", "1"),), (("acceptable", "0"),)]
    assert words(parsed.sentences[0]) == ["They", '"', "drank", '"', "."]
    splits_of = FORMATS.get("cola").splits_of
    names = ("in_domain_train.tsv", "in_domain_dev.tsv", "out_of_domain_dev.tsv", "test.tsv", "other.tsv")
    assert [splits_of(name) for name in names] == [["train"], ["test"], ["test_out_of_domain"], ["test"], []]


@given(st.lists(st.tuples(st.sampled_from("01"), FORMS), min_size=1, max_size=6))
@settings(deadline=None)
def test_judgements_survive_writing(rows: list[tuple[str, list[str]]]) -> None:
    found = read("cola", "".join(f"src\t{label}\t{'*' * (label == '0')}\t{' '.join(forms)}\n" for label, forms in rows)).sentences
    assert [(dict(s.labels)["acceptable"], words(s)) for s in found] == rows


def test_readings_refuse_what_they_do_not_know() -> None:
    with pytest.raises(BadInput, match="The mapping's txt is 'a'"):
        Reading.parse({"format": "tsv", "txt": "a"})
