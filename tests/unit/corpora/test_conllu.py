"""CoNLL-U: what is read, what is left out and said, what is refused, each with its file and line."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.corpora.conllu import fault_of_tree, parse_conllu, to_conllu
from probing.corpora.sentence import Sentence, Word
from probing.errors import BadInput


def row(number: int | str, form: str, head: int | str, deprel: str = "dep", upos: str = "X", feats: str = "_") -> str:
    return f"{number}\t{form}\t{form.lower()}\t{upos}\t_\t{feats}\t{head}\t{deprel}\t_\t_\n"


GOOD = "# sent_id = good\n# text = Dogs run\n" + row(1, "Dogs", 2, "nsubj") + row(2, "run", 0, "root") + "\n"  # 5 lines


def test_a_sentence_by_hand() -> None:
    text = (
        "# newdoc id = d\n# sent_id = s = 1\n# text = Der Hunde\n"
        "1\tDer\tder\tDET\tART\tCase=Nom|Number=Plur\t2\tdet\t_\tSpaceAfter=No\n"
        "2\tHunde\tHund\tNOUN\tNN\t_\t0\troot\t2:root\t_\n"
    )
    sentences, complaints = parse_conllu(text.encode(), "a.conllu")
    assert complaints == []
    assert sentences == [
        Sentence(
            "s = 1",
            (
                Word("Der", "der", "DET", "ART", (("Case", "Nom"), ("Number", "Plur")), 2, "det"),
                Word("Hunde", "Hund", "NOUN", "NN", (), 0, "root"),
            ),
            4,
        )
    ]
    assert sentences[0].text == "Der Hunde"


def test_ranges_and_empty_nodes_are_passed_over_in_silence() -> None:
    text = row("0.1", "pro", "_") + row("1-2", "don't", "_") + row(1, "do", 0) + row(2, "n't", 1) + row("2.1", "go", "_")
    sentences, complaints = parse_conllu(text.encode(), "a.conllu")
    assert complaints == []
    assert sentences[0].forms == ("do", "n't")
    assert sentences[0].line == 3
    assert sentences[0].id == "a.conllu:3"


def test_blank_lines_comments_and_a_missing_last_newline() -> None:
    text = "\n\n" + GOOD + "   \n# a comment alone\n\n" + row(1, "Yes", 0).rstrip("\n")
    sentences, complaints = parse_conllu(text.encode(), "a.conllu")
    assert [s.text for s in sentences] == ["Dogs run", "Yes"]
    assert sentences[1].id == f"a.conllu:{sentences[1].line}", "an id does not pass on to the next sentence"
    assert complaints == []


def test_forms_with_spaces_markup_and_hashes_are_text() -> None:
    forms = ("vingt et un", "<script>alert(1)</script>", "#", "=", "\u2028", "🙂")
    body = "".join(row(i, form, 0 if i == 1 else 1) for i, form in enumerate(forms, start=1)).replace("\u2028", "a\u2028b")
    sentences, _ = parse_conllu(body.encode(), "a.conllu")
    assert sentences[0].forms == (*forms[:4], "a\u2028b", forms[5])


def test_words_without_a_tree_have_no_head() -> None:
    sentences, complaints = parse_conllu((row(1, "a", "_", "_") + row(2, "b", "_", "_")).encode(), "a.conllu")
    assert [word.head for word in sentences[0].words] == [-1, -1]
    assert complaints == []


def test_a_byte_order_mark_and_crlf_are_accepted_and_said_once() -> None:
    data = b"\xef\xbb\xbf" + (GOOD * 3).replace("\n", "\r\n").encode()
    sentences, complaints = parse_conllu(data, "w.conllu")
    assert sentences == parse_conllu((GOOD * 3).encode(), "w.conllu")[0]
    assert [(c.file, c.line) for c in complaints] == [("w.conllu", 1), ("w.conllu", 1)]
    assert "byte-order mark" in complaints[0].message
    assert "CR LF" in complaints[1].message


FAULTS = {
    "cycle": (row(1, "a", 2) + row(2, "b", 3) + row(3, "c", 2) + row(4, "d", 0), 2, "word 2 is its own ancestor (a cycle)"),
    "itself": (row(1, "a", 0) + row(2, "b", 2), 2, "word 2 is its own ancestor"),
    "no root": (row(1, "a", 2) + row(2, "b", 1), 1, "(a cycle), and the sentence has no root"),
    "two roots": (row(1, "a", 0) + row(2, "b", 1) + row(3, "c", 0), 3, "words 1 and 3 are both roots"),
    "head out of range": (row(1, "a", 0) + row(2, "b", 3), 2, "the head 3 of word 2 is out of range in a sentence of 2 words"),
    "half a tree": (row(1, "a", 0) + row(2, "b", "_"), 2, "word 2 has no head while others have one"),
    "missing column": (row(1, "a", 0) + "2\tb\tb\tX\t_\t_\t1\tdep\t_\n", 2, "9 tab-separated columns where CoNLL-U has 10"),
    "spaces for tabs": ("1 a a X _ _ 0 root _ _\n", 1, "1 tab-separated columns"),
    "a gap in the numbers": (row(1, "a", 0) + row(3, "b", 1), 2, "word number 3 stands where 2 should"),
    "no blank line between": (row(1, "a", 0) + row(2, "b", 1) + row(1, "c", 0), 3, "word number 1 stands where 3 should"),
    "no number": (row("x", "a", 0), 1, "'x' is no word number"),
    "half a range": (row("1-", "a", 0), 1, "'1-' is no word number"),
    "a foreign digit": (row("١", "a", 0), 1, "is no word number"),
    "a number of 5,000 digits": (row("9" * 5000, "a", 0), 1, "is no word number"),
    "a head of 5,000 digits": (row(1, "a", "9" * 5000), 1, "of word 1 is no number"),
    "a negative head": (row(1, "a", -1), 1, "the head '-1' of word 1 is no number"),
    "an empty form": (row(1, " ", 0), 1, "word 1 has an empty form"),
    "features without a value": (row(1, "a", 0, feats="Number="), 1, "are not Name=Value pairs"),
    "features without a name": (row(1, "a", 0, feats="=Sing"), 1, "are not Name=Value pairs"),
    "only a range": (row("1-2", "a", "_"), 1, "the sentence has no words"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_sentence_among_good_ones_is_left_out_and_said(name: str) -> None:
    body, line, said = FAULTS[name]
    sentences, complaints = parse_conllu((GOOD * 10 + body + "\n" + GOOD).encode(), "b.conllu")
    assert len(sentences) == 11
    assert sentences[-1].text == "Dogs run", "the fault does not run over into the next sentence"
    (complaint,) = complaints
    assert (complaint.file, complaint.line) == ("b.conllu", 50 + line)
    assert said in complaint.message
    assert complaint.message.endswith("The sentence was left out.")
    assert str(complaint).startswith(f"b.conllu, line {50 + line}: ")


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_of_broken_sentences_is_refused_with_the_first_fault(name: str) -> None:
    body, line, said = FAULTS[name]
    with pytest.raises(BadInput) as error:
        parse_conllu(("\n" + body).encode(), "b.conllu")
    assert str(error.value).startswith(f"b.conllu, line {line + 1}: ")
    assert said in str(error.value)
    assert len(str(error.value)) < 300


def test_a_tenth_broken_is_left_out_and_more_is_refused() -> None:
    broken = row(1, "a", 9) + "\n"
    sentences, complaints = parse_conllu((GOOD * 18 + broken * 2).encode(), "b.conllu")
    assert (len(sentences), len(complaints)) == (18, 2)
    with pytest.raises(BadInput, match="3 of 20 sentences are broken"):
        parse_conllu((GOOD * 17 + broken * 3).encode(), "b.conllu")


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf", b"# only\n# comments\n"])
def test_a_file_without_a_sentence_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match=r"^e\.conllu holds no sentence"):
        parse_conllu(data, "e.conllu")


def test_latin_1_is_refused_at_its_line() -> None:
    with pytest.raises(BadInput, match=r"^l\.conllu, line 6: byte 0xe9 is not UTF-8"):
        parse_conllu(GOOD.encode() + row(1, "café", 0).encode("latin-1"), "l.conllu")


def test_five_thousand_words_are_a_sentence() -> None:
    body = "".join(row(i, f"w{i}", i - 1) for i in range(1, 5001))  # a chain: as deep as a tree can be
    sentences, complaints = parse_conllu(body.encode(), "long.conllu")
    assert len(sentences[0].words) == 5000
    assert complaints == []


def test_equal_strings_and_features_are_shared() -> None:
    sentences, _ = parse_conllu((row(1, "Hund", 0, feats="Number=Sing") + "\n").encode() * 2, "a.conllu")
    (first,), (second,) = (sentence.words for sentence in sentences)
    assert first.form is second.form
    assert first.feats is second.feats


TEXT = st.text(st.characters(exclude_characters="\t\n\r", exclude_categories=("Cs",)), min_size=1, max_size=6).filter(str.strip)
NAME = st.text(st.characters(exclude_characters="\t\n\r|=_", exclude_categories=("Cs",)), min_size=1, max_size=4)
FEATS = st.lists(st.tuples(NAME, NAME), max_size=3).map(tuple)


@st.composite
def any_sentence(draw: st.DrawFn) -> Sentence:
    """A sentence with a tree grown word by word in random order, or without one."""
    size = draw(st.integers(1, 7))
    heads = [-1] * size
    if draw(st.booleans()):
        order = draw(st.permutations(range(1, size + 1)))
        heads[order[0] - 1] = 0
        for place, node in enumerate(order[1:], start=1):
            heads[node - 1] = order[draw(st.integers(0, place - 1))]
    words = tuple(Word(draw(TEXT), draw(TEXT), draw(TEXT), draw(TEXT), draw(FEATS), head, draw(TEXT)) for head in heads)
    return Sentence(draw(TEXT).strip(), words)


@settings(max_examples=60, deadline=None)
@given(st.lists(any_sentence(), min_size=1, max_size=4))
def test_what_is_written_reads_back(sentences: list[Sentence]) -> None:
    read, complaints = parse_conllu(to_conllu(sentences).encode(), "r.conllu")
    assert complaints == []
    assert [(s.id, s.words) for s in read] == [(s.id, s.words) for s in sentences]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_bring_a_traceback(data: bytes) -> None:
    with suppress(BadInput):
        sentences, _ = parse_conllu(data, "x")
        assert sentences


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(-1, 6), min_size=1, max_size=6))
def test_a_tree_is_what_reaches_the_one_root_from_every_word(heads: list[int]) -> None:
    def reaches(word: int) -> bool:
        for _ in heads:
            if word < 1 or word > len(heads):
                break
            word = heads[word - 1]
        return word == 0

    whole = heads.count(0) == 1 and all(reaches(word) for word in range(1, len(heads) + 1))
    none = all(head == -1 for head in heads)
    assert (fault_of_tree(heads) is None) == (whole or none)


def test_a_real_treebank(real_data: Path) -> None:
    files = {"train": (12_544, 204_577), "dev": (2_001, 25_147), "test": (2_077, 25_094)}
    for split, counts in files.items():
        name = f"en_ewt-ud-{split}.conllu"
        data = (real_data / "ud_english_ewt" / name).read_bytes()
        began = time.process_time()
        sentences, complaints = parse_conllu(data, name)
        assert time.process_time() - began < 6, "a second is usual"
        assert (len(sentences), sum(len(s.words) for s in sentences)) == counts
        assert complaints == []
        lines = data.decode().split("\n")
        assert sum(line.startswith("# sent_id") for line in lines) == counts[0]
        assert any("-" in line.split("\t")[0] for line in lines if line[:1].isdigit()), "it has multi-word ranges"
        for sentence in sentences[::97]:
            number, form = lines[sentence.line - 1].split("\t")[:2]
            assert (number, form) == ("1", sentence.words[0].form)
        assert parse_conllu(to_conllu(sentences[:200]).encode(), "again")[0][7].words == sentences[7].words
