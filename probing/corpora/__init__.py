"""Corpora: the names that a user may give, and how each is read. Importing this imports no torch and no datasets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probing.corpora import hub, registered
from probing.corpora.corpus_files import from_path
from probing.corpora.described import find_described
from probing.corpora.registered import PREFIX as REGISTERED
from probing.corpora.source import Source
from probing.errors import BadInput
from probing.registry import Card, Registry
from probing.settings import Settings, inside_roots

__all__ = ["CORPORA", "KnownCorpus", "Source", "find", "named", "registered"]


@dataclass(frozen=True)
class KnownCorpus(Card):
    """An embedded corpus, a card that knows where it loads from."""

    def origin(self) -> Source:
        from probing.corpora import grammar

        return Source(self.name, self.name, grammar.GRAMMAR_SHA256, grammar.load)


CORPORA: Registry[KnownCorpus] = Registry("corpus")


def find(spec: str, store_uploads: Path | None = None, roots: tuple[Path, ...] | None = None) -> Source:
    """The corpus that `spec` names: a known name, data:NAME, hub:OWNER/NAME[:CONFIG][?COLUMNS], a folder or a file.

    Cheap: files are hashed and not yet parsed. Raises BadInput, one sentence, for what is not there.
    """
    text = spec.strip()
    if text in CORPORA:
        return CORPORA.get(text).origin()
    if text.startswith(hub.PREFIX):
        return hub.find_hub(text, Settings.read().offline)
    if not text:
        raise BadInput("No corpus is named: give grammar, a folder or a file.")
    try:
        if text.startswith(REGISTERED):
            if store_uploads is None:
                raise BadInput(f"{text} needs a store to be looked up in.")
            return registered.find_registered(store_uploads, text.removeprefix(REGISTERED), roots).source()
        return from_path(inside_roots(text, roots), roots)
    except (OSError, RuntimeError) as error:  # RuntimeError: a home that nobody has (~name), a loop of symbolic links
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"The corpus {text[:200]!r} cannot be read ({reason}): check the path.") from error


def named(spec: str, settings: Settings) -> Source:
    """The corpus that `spec` names under the settings; one that only a bundle tells of, and another user's on a page that shows results, has a hash
    and cannot be loaded. Raises BadInput."""
    uploads, text = settings.store / "uploads", spec.strip()
    try:
        return find(spec, uploads, settings.roots)
    except BadInput:
        if (known := find_described(text, (settings.store, *settings.below))) is not None:
            return known
        if settings.weightless and text.startswith(REGISTERED):
            return registered.closed(uploads, text.removeprefix(REGISTERED), settings.roots)
        raise


CORPORA.register(
    KnownCorpus(
        name="grammar",
        title="Grammar (embedded)",
        measures="5,500 English sentences generated from a documented grammar, with gold tags, features and trees in the "
        "style of Universal Dependencies; the content words of train, dev and test are disjoint, and test_seen uses train's.",
        assumes="That the question is about structure and form: every sentence is grammatical, short and literal.",
        misleads="It is controlled text, not a treebank: accuracies are higher and layers closer together than on real text. "
        "For real text take a treebank from universaldependencies.org.",
        source="docs/grammar.md; annotation after the Universal Dependencies guidelines",
    )
)
