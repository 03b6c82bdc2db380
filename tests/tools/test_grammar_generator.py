"""The generator of the embedded corpus: it gives the file that ships, and its parts do what their docstrings say."""

from __future__ import annotations

import gzip
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from probing.corpora import grammar
from probing.corpora.sentence import Word
from tools.grammar.__main__ import main
from tools.grammar.dice import Dice
from tools.grammar.generate import generate, to_conllu, to_text
from tools.grammar.inflection import adjective, noun, verb
from tools.grammar.lexicon import lexicon
from tools.grammar.tree import Node, linearise


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus, generated again and written beside nothing that ships."""
    file = tmp_path_factory.mktemp("grammar") / "again.conllu.gz"
    said = main([str(file)])
    assert said.startswith(str(file))
    assert said.endswith(f"SHA-256 {grammar.GRAMMAR_SHA256}, as pinned.")
    return file


def test_generated_again_it_is_the_text_that_ships(written: Path) -> None:
    """The texts are compared, since another release of zlib may compress the same text to other bytes."""
    text = gzip.decompress(written.read_bytes())
    assert text == gzip.decompress(grammar.FILE.read_bytes())
    assert hashlib.sha256(text).hexdigest() == grammar.GRAMMAR_SHA256
    assert written.read_bytes()[4:8] == bytes(4), "no time of writing"


def test_what_is_read_is_what_was_generated() -> None:
    """Sentence by sentence, with every field: forms, lemmas, tags, features, heads, relations, ids; nothing is lost in the file."""
    generated, read = generate(), grammar.load().splits
    assert list(read) == list(generated) == ["train", "dev", "test", "test_seen"]
    for split, sentences in generated.items():
        assert len(read[split]) == len(sentences)
        for one, other in zip(read[split], sentences, strict=True):
            assert one == other


def test_another_text_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.grammar.__main__.generate", lambda: {"train": grammar.load().splits["train"][:1]})
    file = tmp_path / "short.conllu.gz"
    assert "pins another" in main([str(file)])
    assert gzip.decompress(file.read_bytes()).decode().startswith("# split = train\n# sent_id = grammar-train-0001\n")


def test_text_of_splits() -> None:
    (first, second), other = grammar.load().splits["train"][:2], grammar.load().splits["dev"][0]
    text = to_text({"a": [first, second], "b": [other]})
    assert text == f"# split = a\n{to_conllu([first])}{to_conllu([second])}# split = b\n{to_conllu([other])}"


def read_back(text: str) -> Iterator[tuple[str, str, tuple[Word, ...]]]:
    for block in text.strip().split("\n\n"):
        comments = dict(line[2:].split(" = ", 1) for line in block.splitlines() if line.startswith("#"))
        rows = [line.split("\t") for line in block.splitlines() if not line.startswith("#")]
        assert [row[0] for row in rows] == [str(i) for i in range(1, len(rows) + 1)]
        assert all(len(row) == 10 for row in rows)
        spaced = "".join(row[1] + ("" if row[9] == "SpaceAfter=No" else " ") for row in rows)
        assert spaced.strip() == comments["text"]
        words = []
        for _, form, lemma, upos, xpos, feats, head, deprel, _, _ in rows:
            pairs = () if feats == "_" else tuple(tuple(pair.split("=")) for pair in feats.split("|"))
            assert list(pairs) == sorted(pairs, key=lambda pair: pair[0].lower())
            words.append(Word(form, lemma, upos, xpos, pairs, int(head), deprel))  # type: ignore[arg-type]
        yield comments["sent_id"], comments["text"], tuple(words)


@pytest.mark.parametrize("split", ["dev", "test_seen"])
def test_conllu_reads_back(split: str) -> None:
    back = list(read_back(to_conllu(grammar.load().splits[split])))
    assert [(s.id, s.words) for s in grammar.load().splits[split]] == [(name, words) for name, _, words in back]
    assert to_conllu([]) == ""


def test_a_tree_by_hand() -> None:
    """ "The keys to an old cabinet are Anna's, …": heads, a → an, the capital, the comma that a full stop swallows."""

    def leaf(form: str, upos: str) -> Node:
        return Node(form, form, upos, "_")

    cabinet = leaf("cabinet", "NOUN").first(("case", leaf("to", "ADP")), ("det", leaf("a", "DET")))
    cabinet.left.append(("amod", leaf("old", "ADJ")))
    keys = leaf("keys", "NOUN").first(("det", leaf("the", "DET"))).last(("nmod", cabinet))
    shine = leaf("shine", "VERB").first(("nsubj", keys))
    shine.last(("punct", leaf(",", "PUNCT")), ("punct", leaf(".", "PUNCT")))
    sentence = linearise(shine, "one")
    assert sentence.text == "The keys to an old cabinet shine ."
    assert [word.head for word in sentence.words] == [2, 7, 6, 6, 6, 2, 0, 7]
    assert [word.deprel for word in sentence.words] == ["det", "nsubj", "case", "det", "amod", "nmod", "root", "punct"]
    assert sentence.words[0].lemma == "the"
    assert to_conllu([sentence]).splitlines()[:3] == [
        "# sent_id = one",
        "# text = The keys to an old cabinet shine.",
        "1\tThe\tthe\tDET\t_\t_\t2\tdet\t_\t_",
    ]


@pytest.mark.parametrize(
    ("entry", "forms"),
    [
        ("carry", ("carry", "carries", "carried", "carried", "carrying")),
        ("stop+", ("stop", "stops", "stopped", "stopped", "stopping")),
        ("tie", ("tie", "ties", "tied", "tied", "tying")),
        ("run/ran/run+", ("run", "runs", "ran", "run", "running")),
        ("put/put/put+:down", ("put", "puts", "put", "put", "putting")),
        ("watch", ("watch", "watches", "watched", "watched", "watching")),
        ("enjoy", ("enjoy", "enjoys", "enjoyed", "enjoyed", "enjoying")),
    ],
)
def test_verbs_inflect(entry: str, forms: tuple[str, ...]) -> None:
    assert verb(entry).forms() == forms


def test_nouns_and_adjectives_inflect() -> None:
    assert [noun(entry).plural for entry in ("cat", "box", "city", "potato", "radio", "child/children", "toy")] == [
        "cats", "boxes", "cities", "potatoes", "radios", "children", "toys",
    ]  # fmt: skip
    assert adjective("big^+").forms() == ("big", "bigger", "biggest")
    assert adjective("happy^").forms() == ("happy", "happier", "happiest")
    assert adjective("large^").forms() == ("large", "larger", "largest")
    assert adjective("good/better/best").forms() == ("good", "better", "best")
    assert adjective("famous").forms() == ("famous",)


def test_dice_draw_a_pinned_stream_by_the_weights() -> None:
    g = Dice(lexicon("dev"), "pin")
    assert "".join(g.pick("abcdefghij") for _ in range(12)) == "gjdieahfdjff"
    share = Counter(g.weighed({"x": 1.0, "y": 3.0}) for _ in range(4000))
    assert 2850 <= share["y"] <= 3150
