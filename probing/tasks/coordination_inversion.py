"""Have two coordinate clauses changed places?"""

from __future__ import annotations

from probing.corpora.sentence import Sentence
from probing.tasks.balanced import SEED, BalancedTask, Case, of_each
from probing.tasks.changed import quoted, rearranged, recased
from probing.tasks.draw import uniform
from probing.tasks.syntax import dependents, feature, relation, root_of, subtree
from probing.tasks.task import TASKS

NAME = "coordination_inversion"


def clauses(sentence: Sentence) -> tuple[int, int, int] | None:
    """Where the link begins, where the second clause begins and where it ends, of a sentence that is a clause, a link (a conjunction and
    the marks around it), another clause, and marks. None for any other sentence."""
    words, top = sentence.words, root_of(sentence)
    if top is None or sum(word.upos == "CCONJ" for word in words) != 1:
        return None
    joined = [i for i in dependents(sentence, top) if relation(words[i]) == "conj"]
    if len(joined) != 1 or not _both_whole(sentence, top, joined[0]):
        return None
    inside = subtree(sentence, joined[0])
    begin, end = inside[0], inside[-1] + 1
    after = begin
    while after < end and (words[after].upos in ("CCONJ", "PUNCT")):
        after += 1
    while begin and words[begin - 1].upos in ("CCONJ", "PUNCT"):
        begin -= 1
    linked = any(word.upos == "CCONJ" for word in words[begin:after])
    closed = all(word.upos == "PUNCT" for word in words[end:])
    whole = inside == list(range(inside[0], end)) and begin > 0 and after < end
    return (begin, after, end) if linked and closed and whole else None


def _both_whole(sentence: Sentence, *tops: int) -> bool:
    """Whether two clauses could stand in either order: both have a subject of their own, or both are finite without one."""
    subjects = [any(relation(sentence.words[i]) in ("nsubj", "csubj") for i in dependents(sentence, top)) for top in tops]
    return all(subjects) or (not any(subjects) and all(_finite(sentence, top) for top in tops))


def _finite(sentence: Sentence, top: int) -> bool:
    helpers = [i for i in dependents(sentence, top) if relation(sentence.words[i]) in ("aux", "cop")]
    return any(feature(sentence.words[i], "VerbForm") == "Fin" for i in (top, *helpers))


def invert(sentence: Sentence) -> Case | None:
    """Half of the sentences, by draw, have their clauses exchanged, and the others stay as they are."""
    found = None if quoted(sentence) else clauses(sentence)
    if found is None:
        return None
    link, second, end = found
    longer = (link > end - second) - (link < end - second)
    stratum = ("as long", "first longer", "second longer")[longer]
    if uniform(SEED, NAME, "change", sentence.text) < 0.5:
        return Case(sentence, "intact", sentence, stratum=stratum)
    order = [*range(second, end), *range(link, second), *range(link), *range(end, len(sentence.words))]
    changed = recased(rearranged(sentence, order, "inverted"), end - link)
    return Case(changed, "inverted", sentence, stratum=stratum)


TASKS.register(
    BalancedTask(
        name=NAME,
        title="Coordination inversion",
        asks="Did the two clauses change places?",
        measures="Whether the two clauses of a sentence stand as they were written or have changed places around their "
        "conjunction, in equal numbers.",
        assumes="Gold trees: one conjunction (CCONJ), which joins a clause of the root with its one conjunct; each has a "
        "subject of its own, or both are finite and have none; nothing but marks follows. The capital moves to the new "
        "beginning. As many have the first clause longer, or the second, in both classes. A changed sentence is encoded anew, "
        "and no sentence is asked in both forms.",
        misleads="Few sentences of a treebank qualify, and many inverted ones are as good as they were: even people miss some. "
        "What came first often begins with a name and goes on with a pronoun, so it is as much about reference as about order.",
        source="Conneau et al. 2018 (arXiv 1805.01070), there by a constituency parse of a book corpus, sentences of 5 to 28 "
        "words; here of 5 or more",
        cases=of_each(invert),
        needs="two coordinate clauses",
        group="meaning",
    )
)
