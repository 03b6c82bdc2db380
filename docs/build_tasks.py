"""Write the table of docs/tasks.md: `python docs/build_tasks.py PATH/TO/ud_english_ewt`, after a change to a task."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from probing import corpora, tasks  # noqa: E402
from probing.corpora.sentence import SPLITS, Corpus  # noqa: E402

PAGE = ROOT / "docs" / "tasks.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"


def cells(task: str, corpus: Corpus) -> str:
    """Classes, and items of train, dev and test, as two cells of the table; too few are told."""
    found = tasks.get_task(task).label(corpus)
    sizes = [len(found.splits[split]) for split in SPLITS]
    few = " (too few)" if sizes[-1] < tasks.ENOUGH else ""
    return f"{len(found.classes) or '–'} | {' / '.join(f'{size:,}' for size in sizes)}{few}"


def table(treebank: Corpus) -> str:
    names = [
        task.card.name
        for task in tasks.TASKS
        if task.level in ("word", "sentence", "tree") and task.card.name not in tasks.SERIES
    ]
    grammar = corpora.find("grammar").load()
    rows = [
        f"| `{name}` | {tasks.get_task(name).level} | {cells(name, grammar)} | {cells(name, treebank)} |"
        for name in sorted(names, key=lambda name: (tasks.get_task(name).level != "word", name))
    ]
    head = "| task | asked of | classes | grammar: train / dev / test | classes | EWT: train / dev / test |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


if __name__ == "__main__":
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + table(corpora.find(sys.argv[1]).load()) + END + after, encoding="utf-8")
