"""The format `conllu`: Universal Dependencies treebanks, by the parser of `probing.corpora.conllu`."""

from __future__ import annotations

from probing.corpora.conllu import COLUMNS, NUMBER, VERSION, parse_conllu
from probing.corpora.formats.format import FORMATS, Format, Parsed, Tell, opening
from probing.corpora.reading import FOUND, Reading


def parse(data: bytes, file: str, reading: Reading, _tell: Tell) -> Parsed:
    return Parsed(*parse_conllu(data, file, reading.encoding))


def recognise(head: bytes, file: str) -> bool:
    if file.lower().endswith(".conllu"):
        return True
    first = next((line.split("\t") for line in opening(head) if line.strip() and not line.startswith("#")), [])
    return len(first) == COLUMNS and bool(NUMBER.match(first[0]))


FORMATS.register(
    Format(
        name="conllu",
        title="CoNLL-U treebank",
        measures="Words with lemma, tags, features, head and relation, as Universal Dependencies treebanks have them.",
        assumes="UTF-8, ten tab-separated columns, a blank line after each sentence; a folder has files of train and test "
        "(and dev), parts of one split called train-a, train-b …, or a single file.",
        misleads="Multi-word ranges and empty nodes are passed over; a sentence whose heads are no tree is left out.",
        source="universaldependencies.org/format.html",
        version=VERSION,
        endings=(".conllu", ".conll", ".txt"),
        example="1\tDogs\tdog\tNOUN\tNNS\tNumber=Plur\t2\tnsubj\t_\t_\n2\tbark\tbark\tVERB\tVBP\t_\t0\troot\t_\t_",
        parse=parse,
        recognise=recognise,
        suggest=lambda _head, _file, hints=FOUND: Reading(format="conllu", encoding=hints.encoding),
        whole=True,
        mended=lambda _data, _file, _reading: False,  # what has another encoding was refused
    )
)
