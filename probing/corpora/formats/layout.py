"""What a table's first lines tell: the sign between its columns, whether the first names them, and which column holds what."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice

from probing.corpora import splits
from probing.corpora.faults import FaultError
from probing.corpora.reading import Hints, Reading
from probing.errors import advised

DEFAULT = {"csv": ",", "tsv": "\t", "jsonl": ""}
OTHERS = (";", "\t", "|", ",")  # what parts columns where the usual sign does not
LARGEST_CELL = 10_000_000  # characters
PEEK = 20  # rows after the header that tell what it leaves open
INDEX = "index"  # what a first column without a name is called
# What columns are usually called, most telling first; a name is compared in lower case. The second lists count where no name of the first is there.
Names = tuple[tuple[str, ...], ...]
TEXTS: Names = (
    ("text", "sentence", "sentence1", "premise", "question1", "question", "utterance", "tokens", "words"),
    ("sentence_a", "#1 string", "text1", "text_a", "sent1", "tweet"),
)
SECONDS: Names = (("sentence2", "hypothesis", "question2", "text2", "second"), ("sentence_b", "#2 string", "text_b", "sent2"))
LABELS: Names = (
    ("label", "labels", "gold_label", "intent", "class", "category", "ner_tags", "pos_tags", "tags"),
    ("is_duplicate", "quality", "entailment_judgment", "sentiment"),
)
NUMBERS: Names = (("score", "similarity", "number"), ("relatedness_score",))
SPLITS: Names = (("split",),)
SENTEVAL = (("tr", "train"), ("va", "dev"), ("te", "test"))
MANY_WORDS = 3  # of a text, on average
FEW_VALUES = 20  # of a label


def separator_of(kind: str, lines: Sequence[str], hints: Hints) -> str:
    """The sign between columns. The usual one counts where it makes columns that are called something usual, or any and no other does."""
    usual = DEFAULT[kind]
    if hints.sep or not lines:
        return hints.sep or usual
    if lines[0].lower().startswith("sep=") and len(lines[0]) == 5:  # how Excel is told
        return lines[0][4]

    def columns(sep: str) -> list[str]:
        return next(_split(lines, sep, kind == "tsv" and sep == usual), [])

    def known(sep: str) -> bool:
        return bool(called(columns(sep), TEXTS) or called(columns(sep), LABELS))

    if known(usual):
        return usual
    fitting = [sep for sep in OTHERS if sep != usual and len(columns(sep)) > 1 and _even(lines, sep)]
    return next((sep for sep in fitting if known(sep)), usual if len(columns(usual)) > 1 or not fitting else fitting[0])


def raw_rows(text: str, sep: str, quotes: bool) -> Iterator[tuple[int, list[str] | FaultError]]:
    """Rows as cells, each with its line; with `quotes` as RFC 4180 has them. Rows without a cell that says something are passed over."""
    if not quotes:
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield number, line.split(sep)
        return
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=sep)
    while True:
        begin = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield begin, FaultError(f"the row cannot be read ({error}).")
            continue
        if begin == 1 and [cell.lower() for cell in cells] in (["sep=" + sep], ["sep=", ""]):
            continue
        if any(cell.strip() for cell in cells):
            yield begin, cells


def named_rows(
    rows: Iterator[tuple[int, list[str] | FaultError]], header: bool, file: str
) -> Iterator[tuple[int, dict[str, str] | FaultError]]:
    """Rows by column. Raises BadInput where the header has a name twice, or a column with something in it has none."""
    first = list(islice(rows, PEEK + 1))
    cells = [some for _, some in first if isinstance(some, list)]
    if not cells:
        yield from ((line, row) for line, row in first if isinstance(row, FaultError))
        return
    columns = header_of(cells, file) if header else [str(number) for number in range(1, len(cells[0]) + 1)]
    skip = header
    for line, row in chain(first, rows):
        if isinstance(row, FaultError):
            yield line, row
        elif skip:
            skip = False
        else:
            yield line, _by_column(row, columns)


def header_of(rows: Sequence[list[str]], file: str) -> list[str]:
    """The names of the columns from the first rows.

    A first column without a name is a row's number or name (pandas, R); empty columns at the end, as spreadsheets leave, are none.
    """
    names, below = [cell.strip() for cell in rows[0]], rows[1:]
    if below and all(len(row) == len(names) + 1 and row[-1].strip() for row in below):
        names = ["", *names]  # R's tables name no column for the rows' names
    while names and not names[-1] and below and all(not cell.strip() for row in below for cell in row[len(names) - 1 :]):
        names.pop()
    if len(names) > 1 and not names[0] and INDEX not in names:
        names[0] = INDEX
    wrong = next((name for name in names if not name or names.count(name) > 1), None)
    if wrong is not None:
        said = f"{wrong[:60]!r} twice" if wrong else "one without a name"
        raise advised(
            f"{file}, line 1: the header has {said}",
            "name each column once, or read it with --no-header",
            "name each column once",
            "name each column once, or say above that the first line names no columns",
        )
    return names


def _by_column(cells: list[str], columns: list[str]) -> dict[str, str] | FaultError:
    while len(cells) > len(columns) and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) != len(columns):
        return FaultError(f"the row has {len(cells)} columns where the first has {len(columns)}.")
    return dict(zip(columns, cells, strict=True))


def called(columns: Sequence[str], names: Names) -> list[str]:
    """The columns with usual names: of the first list, and of the next one where it has none."""
    found = ([column for name in some for column in columns if column.lower().strip() == name] for some in names)
    return next((some for some in found if some), [])


def suggested(kind: str, columns: Sequence[str], rows: Sequence[list[str]], hints: Hints, sep: str) -> Reading:
    """How a table would be read: by the names of its columns, and where these say nothing by what stands in them.

    `rows` are the first rows as cells, the header among them. What cannot be told stays open.
    """
    mapping = {"sep": "" if sep == DEFAULT[kind] else sep, "encoding": hints.encoding, "header": hints.header}
    text, second, split = (next(iter(called(columns, names)), None) for names in (TEXTS, SECONDS, SPLITS))
    labels, numbers = tuple(called(columns, LABELS)), tuple(called(columns, NUMBERS))
    mapping |= {"text": text, "second": second, "labels": labels, "numbers": numbers, "split": split}
    if text is None and not labels and len(rows) > 1:
        mapping |= _by_content(rows)
    return Reading.parse({"format": kind} | mapping)


def _by_content(rows: Sequence[list[str]]) -> dict[str, object]:
    """Of a table without a header: which column is the split (SentEval), which the text, which the label. Nothing where it has a header."""
    width = len(rows[0])
    if any(len(row) != width for row in rows) or not 2 <= width <= 4:
        return {}
    columns = [[row[place].strip() for row in rows] for place in range(width)]
    ours = dict(SENTEVAL)
    split = next((place for place, values in enumerate(columns) if all(_is_split(value, ours) for value in values)), None)
    texts = [
        place for place, values in enumerate(columns) if sum(len(value.split()) for value in values) >= MANY_WORDS * len(values)
    ]
    labels = [
        place
        for place, values in enumerate(columns)
        if place not in texts and place != split and values[0] in values[1:] and _recur(values)
    ]
    if len(texts) != 1 or len(labels) != 1 or (split is None and width != 2):
        return {}
    found: dict[str, object] = {"header": False, "text": str(texts[0] + 1), "labels": (str(labels[0] + 1),)}
    if split is not None:
        found["split"] = str(split + 1)
        if any(value.lower() in ours for value in columns[split]):
            found["split_names"] = SENTEVAL
    return found


def guess(columns: Mapping[str, Sequence[str]]) -> tuple[str | None, tuple[str, ...]]:
    """Of columns that no name tells: the only one that has several words a row is the text, and those of two values are labels. For a form
    in which somebody looks at what is suggested; nothing is read by it alone."""
    filled = {name: [value.strip() for value in values] for name, values in columns.items()}
    texts = [name for name, values in filled.items() if sum(len(v.split()) for v in values) >= MANY_WORDS * max(1, len(values))]
    labels = [name for name, values in filled.items() if name not in texts and len(set(values)) == 2 and _recur(values)]
    return texts[0] if len(texts) == 1 else None, tuple(labels)


def _is_split(value: str, ours: dict[str, str]) -> bool:
    return value.lower() in ours or (len(value) < 12 and len(splits.said_by(value)) == 1)


def _recur(values: Sequence[str]) -> bool:
    counts = Counter(values)
    return 2 <= len(counts) <= FEW_VALUES and 2 * len(counts) <= len(values) and "" not in counts


def _split(lines: Sequence[str], sep: str, unquoted: bool) -> Iterator[list[str]]:
    return (cells for _, cells in raw_rows("\n".join(lines), sep, not unquoted) if isinstance(cells, list))


def _even(lines: Sequence[str], sep: str) -> bool:
    """Whether the first rows have as many columns, or the later ones one more."""
    widths = [len(cells) for cells in islice(_split(lines, sep, False), PEEK)]
    return len(widths) > 1 and len(set(widths[1:])) == 1 and widths[1] - widths[0] in {0, 1}
