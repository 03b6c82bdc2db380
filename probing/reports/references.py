"""Publications that cards cite, as BibTeX, and the entry of this software. An entry is found by what a card's `source` says: its arXiv id, its
address in the ACL Anthology, or the words under which cards name it (`cited` in references.bib)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from probing.installation import VERSION
from probing.reports.document import Reference

# Parts of a source that name no publication: what is standard, or the project's own.
STANDARD = (
    "the data's own annotation",
    "The cosine between weight vectors",
    "The coefficient of determination, as scikit-learn's r2_score defines it",
    "The package's own model card",
    "RFC 4180",
    "jsonlines.org",
)
INTERVALS, PAIRED, MANY = "Efron 1979", "McNemar 1947", "Benjamini & Hochberg 1995"  # the tests of every comparison
UNPAIRED, OVER_SEEDS = "Zou & Donner 2008", "Student 1908"
_ENTRY = re.compile(r"^@(\w+)\{([^,\s]+),\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (\w+) = \{(.*)\},$", re.MULTILINE)
_ACCENTS = {
    r"{\"i}": "ï",
    r"{\"e}": "ë",
    r"{\'e}": "é",
    r"{\'a}": "á",
    r"{\v{c}}": "č",
    r"\$": "$",
    r"\&": "&",
    r"\#": "#",
    "--": "–",
}


@dataclass(frozen=True)
class Publication:
    """An entry of references.bib."""

    key: str
    kind: str
    fields: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """What a card's source may call it."""
        anthology = self.fields.get("url", "").removeprefix("https://")
        words = [part.strip() for part in self.fields.get("cited", "").split("|")]
        return tuple(name for name in (self.fields.get("eprint", ""), anthology, *words) if name)

    def stands_in(self, source: str) -> bool:
        """Whether a card's source cites it; "Conneau et al. 2018" is no part of "Conneau et al. 2018b"."""
        return any(re.search(rf"(?<![\w.]){re.escape(name)}(?![\w])", source) for name in self.names)

    @property
    def url(self) -> str:
        return self.fields.get("url") or (f"https://arxiv.org/abs/{self.fields['eprint']}" if "eprint" in self.fields else "")

    @property
    def bibtex(self) -> str:
        lines = [f"  {name} = {{{value}}}," for name, value in self.fields.items() if name != "cited"]
        return "\n".join([f"@{self.kind}{{{self.key},", *lines, "}"])

    @property
    def reference(self) -> Reference:
        where = next((self.fields[name] for name in ("booktitle", "journal", "publisher") if name in self.fields), "")
        if "eprint" in self.fields:
            where = f"{where}. arXiv:{self.fields['eprint']}" if where else f"arXiv:{self.fields['eprint']}"
        parts = [f"{_people(self.fields['author'])} ({self.fields['year']})", self.fields["title"], where]
        return Reference(
            key=self.key, text=_plain(". ".join(part for part in parts if part) + "."), bibtex=self.bibtex, url=self.url
        )


@lru_cache(maxsize=1)
def publications() -> tuple[Publication, ...]:
    """Every entry of references.bib, in its order."""
    text = (resources.files(__package__) / "references.bib").read_text(encoding="utf-8")
    return tuple(Publication(key, kind, dict(_FIELD.findall(body))) for kind, key, body in _ENTRY.findall(text))


def cited_by(source: str) -> list[Publication]:
    """What a card's source cites."""
    return [one for one in publications() if one.stands_in(source)]


def standard(source: str) -> bool:
    """Whether a source says that there is no publication."""
    return any(name in source for name in STANDARD)


def references(sources: Iterable[str]) -> tuple[Reference, ...]:
    """What these sources cite, each once and in the order of their authors, and this software last."""
    found = {one.key: one for source in sources for one in cited_by(source)}
    ordered = sorted(found.values(), key=lambda one: (_plain(one.fields["author"]).casefold(), one.fields["year"]))
    return (*(one.reference for one in ordered), software())


def software() -> Reference:
    """The entry of this software."""
    title = "Strata: what each layer of a language model knows, and how easily it is read out"
    bibtex = f"@software{{strata,\n  author = {{{{Strata developers}}}},\n  title = {{{title}}},\n  version = {{{VERSION}}},\n}}"
    return Reference(key="strata", text=f"Strata developers. {title}. Version {VERSION}.", bibtex=bibtex)


def _people(authors: str) -> str:
    """The first author's surname, or two, or "et al."."""
    names = [name.partition(",")[0].strip("{}") for name in authors.split(" and ")]
    return names[0] if len(names) == 1 else f"{names[0]} and {names[1]}" if len(names) == 2 else f"{names[0]} et al."


def _plain(text: str) -> str:
    """BibTeX's text as a reader sees it."""
    for sign, letter in _ACCENTS.items():
        text = text.replace(sign, letter)
    return re.sub(r"[{}]", "", text)
