"""The format `cola`: the acceptability judgements of CoLA as they are distributed, four columns without a header."""

from __future__ import annotations

from probing.corpora import splits
from probing.corpora.faults import Unlabelled
from probing.corpora.formats.format import FORMATS, HEAD, Format, Parsed, Tell, opening
from probing.corpora.formats.table import parse as parse_table
from probing.corpora.reading import FOUND, Reading
from probing.corpora.sentence import Sentence
from probing.corpora.words import VERSION as WORDS_VERSION

LABEL = "acceptable"
SPLITS = {"in_domain_train": "train", "in_domain_dev": "test", "out_of_domain_dev": "test_out_of_domain"}
MARK = 4  # characters
COLUMNS = 4  # where the sentence is from, 1 = acceptable, the author's own mark, the sentence


def parse(data: bytes, file: str, reading: Reading, tell: Tell) -> Parsed:
    """Labels (("acceptable", "0" or "1"),)."""
    if recognise_test(data[:HEAD]):
        raise Unlabelled(f"{file} has the columns index and sentence and no judgements: give a file with them.")
    table = Reading(format="tsv", text="4", labels=("2",), header=False, encoding=reading.encoding)
    found = parse_table(data, file, table, tell)
    sentences = [Sentence(s.id, s.words, s.line, tuple((LABEL, value) for _, value in s.labels)) for s in found.sentences]
    return Parsed(sentences, found.complaints)


def recognise(head: bytes, file: str) -> bool:
    """By the first rows: four columns without a header, the second 0 or 1, the third a mark of a few signs at most."""
    rows = [line.split("\t") for line in opening(head) if line.strip()]
    return (
        file.lower().endswith((".tsv", ".txt"))
        and bool(rows)
        and all(len(row) == COLUMNS and row[1] in {"0", "1"} and len(row[2]) <= MARK for row in rows)
    )


def recognise_test(head: bytes) -> bool:
    """GLUE's test file: numbered sentences under a header, whose judgements are kept back."""
    return opening(head, 1)[0].lower().split("\t") == ["index", "sentence"]


def splits_of(file: str) -> list[str]:
    stem = file.lower().rpartition(".")[0]
    return [SPLITS[stem]] if stem in SPLITS else splits.said_by(file)


FORMATS.register(
    Format(
        name="cola",
        title="Acceptability (CoLA)",
        measures="Whether a sentence is acceptable English (1) or not (0), as linguists' publications judge it.",
        assumes="The files as distributed: a tenth of in_domain_train is dev, in_domain_dev is test, out_of_domain_dev a further test "
        "split. GLUE's test has no judgements and is passed over.",
        misleads="Seven of ten sentences are acceptable: read the Matthews correlation, not accuracy alone.",
        source="Warstadt et al. 2019 (arXiv 1805.12471)",
        version=1 + 1000 * WORDS_VERSION,
        endings=(".tsv", ".txt"),
        example="gj04\t1\t\tThey drank the pub dry.\ngj04\t0\t*\tThey drank the pub.",
        parse=parse,
        recognise=recognise,
        suggest=lambda _head, _file, hints=FOUND: Reading(format="cola", encoding=hints.encoding),
        splits_of=splits_of,
    )
)
