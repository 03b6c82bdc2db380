"""Whatever bytes a file has, under whatever name: sentences, complaints, or one sentence that refuses it. Never another exception."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from probing.corpora import registered
from probing.corpora.bio import to_bio
from probing.corpora.corpus_files import corpus_files, first_of
from probing.corpora.decoding import BAD, decoded
from probing.corpora.formats import FORMATS
from probing.corpora.reading import FOUND, Hints
from probing.corpora.sentence import Complaint
from probing.errors import BadInput

WHOLE = {  # a good file of each kind, to be damaged
    "a.conllu": b"".join(b"1\tDogs\t_\tX\t_\tA=b\t2\tx\t_\t_\n2\trun%d\t_\tX\t_\t_\t0\troot\t_\t_\n\n" % i for i in range(12)),
    "a.tsv": b"text\tlabel\tscore\n" + b"".join(b"film %d\tx\t%d\n" % (i, i) for i in range(12)),
    "a.csv": b";text;label\n" + b"".join(b'%d;"film; %d";x\n' % (i, i) for i in range(12)),
    "a.jsonl": b"".join(json.dumps({"text": f"film {i} \ud83d", "label": "-"}).encode() + b"\n" for i in range(12)),
    "a.json": json.dumps([{"words": ["a", f"b{i}"], "tags": ["O", -100]} for i in range(12)]).encode(),
    "edges.jsonl": b"".join(b'{"text": "a b%d", "targets": [{"span1": [0, 1], "label": "x"}]}\n' % i for i in range(12)),
    "slots.json": json.dumps({"X": [{"data": [{"text": f"a {i}", "entity": "e"}]} for i in range(12)]}).encode(),
    "a.conll": b"".join(b"# id = %d\n1\tAda\tB-X\n2\tb%d\tE-X\n\n" % (i, i) for i in range(12)),
    "cola.tsv": b"".join(b"gj04\t%d\t\tThey drank %d.\n" % (i % 2, i) for i in range(12)),
}
PIECES = [
    b"\n",
    b"\t",
    b'"',
    b"\\ud83d",
    b"[",
    b"{",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe9",
    b"\0",
    b"# x = y\n",
    b"-DOCSTART-\n",
    b"9" * 5000,
]
PIECES += [
    b"[" * 3000,
    b"\r",
    b",",
    b";",
    b"-100",
    b"-",
    b"O",
    b"B-",
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"PAR1",
    b"\xe2\x80\x8b",
    b"1e999",
    b"NaN",
]
PIECES += [b"\xed\xa0\xbd", b"\xed\xa0\xbc\xed\xbd\x95", b"\t\t", b"_", b"sep=;\n", b'{"a":1}']


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    name = draw(st.sampled_from(sorted(WHOLE)))
    data = WHOLE[name]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 40))
        data = data[:at] + draw(st.sampled_from(PIECES) | st.binary(max_size=12)) + data[at + cut :]
    packed = draw(st.sampled_from(["", "gz", "zip"]))
    if packed == "gz":
        return f"{name}.gz", gzip.compress(data)
    if packed == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, data)
        return "a.zip", buffer.getvalue()
    return name, data


def answer(name: str, data: bytes) -> str:
    """What somebody who uploads the bytes is told: "" where they are a corpus."""
    try:
        pieces = registered.uploaded([(name, data)])
        made = corpus_files("x", "data:x", pieces)
        first = first_of(made.pieces)
        reading = made.reading
        hints = Hints(reading.header, reading.sep, reading.encoding)
        FORMATS.get(reading.format).look(first.head, first.text_name, hints)
        corpus = made.source().read()
    except BadInput as error:
        refused = (str(error), error.page, error.data)
    else:
        refused = ()
    assert all("\n" not in said and len(said) < 1000 for said in refused)
    if refused:
        return refused[0]
    assert all(str(complaint) and "\n" not in complaint.message for complaint in corpus.complaints)
    for sentences in corpus.splits.values():
        for sentence in sentences:
            said = "".join(
                [*sentence.forms, *(label for _, label in sentence.labels), *(tag for w in sentence.words for _, tag in w.tags)]
            )
            said.encode()  # no half of a sign
    return ""


@given(damaged())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@example(("a.conll", b"0\n" + b"1\tAda\tB-X\n2\tb\tE-X\n\n" * 12 + b"# \n"))
def test_a_damaged_file_is_read_or_refused(file: tuple[str, bytes]) -> None:
    answer(*file)


@given(st.sampled_from([*WHOLE, "a.txt", "a.parquet", "a.xlsx", "a.gz", "a.zip", "a"]), st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
@example("a.jsonl", b'{"text": "a", "label": ' + b"9" * 5000 + b"}")
@example("a.json", b'[{"text": ' + b"[" * 100_000)
@example("a.json", b'[{"text": "a", "label": ' + b"9" * 5000 + b"}]")
@example("slots.json", b'{"X": [{"data": [' + b"[" * 100_000)
@example("a.jsonl", b'{"text": "\xe2\x80\x8b", "label": "x"}\n' * 20)
@example("a.jsonl", b'{"text": "a", "score": 1e999}\n' * 20)
@example("a.jsonl", b'{"text": "a", "score": 1' + b"0" * 400 + b"}\n" * 20)
def test_any_bytes_under_any_name(name: str, data: bytes) -> None:
    answer(name, data)


HINTS = st.builds(Hints, st.booleans(), st.sampled_from(["", ";", "|", " "]), st.sampled_from(["", "utf-16", "cp1252", "koi8-r"]))


@pytest.mark.parametrize("name", FORMATS.names())
@given(data=st.binary(max_size=200), hints=HINTS)
@settings(max_examples=40, deadline=None)
def test_a_look_at_any_bytes_is_columns_or_a_sentence(name: str, data: bytes, hints: Hints) -> None:
    found, told = FORMATS.get(name), ""
    looked: dict[str, list[str]] = {}
    try:
        looked = found.look(data, "x", hints)
        assert found.suggest(data, "x", hints).format in FORMATS
    except BadInput as error:
        told = str(error)
    assert "\n" not in told
    assert all(isinstance(value, str) for values in looked.values() for value in values)


def test_good_files_are_corpora() -> None:
    refused = {name: said for name, data in WHOLE.items() if (said := answer(name, data))}
    assert refused == {}
    assert Hints(True, "", "") == FOUND


@given(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=60), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"])
)
def test_text_survives_its_encoding(text: str, codec: str) -> None:
    found: list[Complaint] = []
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    ambiguous = codec == "utf-16" and text.startswith("\0")  # its first four bytes are UTF-32's mark
    if not ambiguous and (codec != "utf-8" or ("\0" not in text and not text.startswith("\ufeff"))):
        assert decoded(text.encode(codec), "x", found) == plain
    assert decoded(text.encode("utf-16-le"), "x", found, "utf-16-le") == plain


@given(st.lists(st.sampled_from(["é", "x", "\n", "\xff", "日"]), max_size=40), st.integers(0, 30))
def test_lines_without_a_bad_byte_are_as_they_were(signs: list[str], at: int) -> None:
    """Of a file that has lines of UTF-8: a bad byte changes its own line alone."""
    lines = ["日本", *"".join(signs).split("\n"), "語"]
    raw = [line.encode() for line in lines]
    place = at % len(raw)
    raw[place] = raw[place] + b"\xe9"
    found = decoded(b"\n".join(raw), "x", []).split("\n")
    assert [line for i, line in enumerate(found) if i != place] == [line for i, line in enumerate(lines) if i != place]
    assert BAD.search(found[place])


KINDS = st.lists(st.sampled_from(["O", "PER", "LOC"]), min_size=1, max_size=8)


@given(KINDS)
def test_schemes_say_the_same_spans(kinds: list[str]) -> None:
    """Runs of types written in each scheme become the same BIO."""
    runs: list[tuple[str, int]] = []
    for kind in kinds:
        runs = [*runs[:-1], (kind, runs[-1][1] + 1)] if runs and runs[-1][0] == kind else [*runs, (kind, 1)]
    bio = [f"{'I' if i else 'B'}-{kind}" if kind != "O" else "O" for kind, size in runs for i in range(size)]

    def scheme(begin: str, inside: str, end: str, single: str, sep: str = "-") -> list[str]:
        marks = [
            (kind, single if size == 1 else begin if not i else end if i == size - 1 else inside)
            for kind, size in runs
            for i in range(size)
        ]
        return [kind if kind == "O" else f"{mark}{sep}{kind}" for kind, mark in marks]

    for told in (scheme(*"BIES"), scheme(*"BMES"), scheme(*"BILU"), scheme(*"BIIB"), scheme(*"BIIB", "_"), scheme(*"BMEW")):
        assert to_bio(told, bare=False) == bio
    assert to_bio(kinds, bare=True) == bio
