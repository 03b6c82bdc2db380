"""Sentence tasks about the main clause, by the root of the tree: its tense, the number of its subject and object, what stands in it."""

from __future__ import annotations

from collections import Counter

from probing.corpora.sentence import Corpus, Sentence
from probing.tasks.balanced import SHORTEST, BalancedTask, Case, Cases, lower_text, of_each
from probing.tasks.syntax import dependents, feature, lexeme, relation, root_of
from probing.tasks.task import TASKS

SENTEVAL = "Conneau et al. 2018 (arXiv 1805.01070)"
TENSES = {"Past": "past", "Pres": "present"}
NUMBERS = {"Sing": "singular", "Plur": "plural"}
RELATIONS = 19  # orders of the root's dependents that are classes of their own; all others are one class more
OTHER = "other"
SPLIT_WORDS = (
    "A lemma that both train and dev or test have is given to one side by a draw (two of three to dev and test); further test splits keep "
    "all theirs."
)


def tense(sentence: Sentence) -> Case | None:
    """Of a main verb: a finite auxiliary's tense where there is one, else the verb's own if it is finite; an active participle that has a
    tense (Slavic pasts) decides itself. Conditionals are not asked."""
    top = root_of(sentence)
    if top is None or sentence.words[top].upos != "VERB":
        return None
    verb = sentence.words[top]
    helpers = [sentence.words[i] for i in dependents(sentence, top) if relation(sentence.words[i]) == "aux"]
    if any(feature(word, "Mood") == "Cnd" or word.deprel == "aux:cnd" for word in (verb, *helpers)):
        return None
    finite = [word for word in helpers if feature(word, "VerbForm") == "Fin"]
    if feature(verb, "VerbForm") == "Part" and feature(verb, "Voice") == "Act" and feature(verb, "Tense"):
        bearer = verb
    elif finite:
        bearer = finite[0]
    elif feature(verb, "VerbForm") == "Fin":
        bearer = verb
    else:
        return None
    label = TENSES.get(feature(bearer, "Tense") or "")
    return None if label is None else Case(sentence, label, sentence, lexeme(verb))


def number_of(argument: str, sentence: Sentence) -> Case | None:
    """Of the root's one `argument` (a relation), where it is a common noun that is not coordinated."""
    top = root_of(sentence)
    if top is None:
        return None
    found = [i for i in dependents(sentence, top) if relation(sentence.words[i]) == argument]
    if len(found) != 1:
        return None
    noun = sentence.words[found[0]]
    label = NUMBERS.get(feature(noun, "Number") or "")
    joined = any(relation(sentence.words[i]) == "conj" for i in dependents(sentence, found[0]))
    return None if label is None or noun.upos != "NOUN" or joined else Case(sentence, label, sentence, lexeme(noun))


def order_of(sentence: Sentence) -> str | None:
    """The root's dependents as they stand, `nsubj aux ROOT obj`, without punctuation; None where there is no tree, or only a root."""
    top = root_of(sentence)
    if top is None:
        return None
    below = dependents(sentence, top)
    parts = ["ROOT" if i == top else relation(sentence.words[i]) for i in sorted([top, *below])]
    parts = [part for part in parts if part != "punct"]
    return " ".join(parts) if len(parts) > 1 else None


def relations(corpus: Corpus) -> Cases:
    """The orders that every split has most of are classes of their own, the others one class together."""
    orders = {split: [order_of(sentence) for sentence in sentences] for split, sentences in corpus.splits.items()}
    own = _most_common(corpus, orders)
    return {
        split: [
            None if order is None else Case(sentence, order if order in own else OTHER, sentence)
            for order, sentence in zip(orders[split], sentences, strict=True)
        ]
        for split, sentences in corpus.splits.items()
    }


def _most_common(corpus: Corpus, orders: dict[str, list[str | None]]) -> set[str]:
    """The orders whose least share among the splits is greatest, of sentences that are long enough, each counted once."""
    shares = []
    for split, sentences in corpus.splits.items():
        found = {
            lower_text(sentence): order
            for order, sentence in zip(orders[split], sentences, strict=True)
            if order is not None and len(sentence.words) >= SHORTEST
        }
        shares.append({order: count / len(found) for order, count in Counter(found.values()).items()})
    least = {order: min(share[order] for share in shares) for order in set.intersection(*map(set, shares))}
    return set(sorted(least, key=lambda order: (-least[order], order))[:RELATIONS])


def _number_task(name: str, argument: str, title: str, what: str, more: str) -> BalancedTask:
    return BalancedTask(
        name=name,
        title=title,
        asks=f"Is the {what} singular or plural?",
        measures=f"Whether the {what} of the main clause is singular or plural, classes in equal numbers.",
        assumes=f"Gold trees and FEATS: the root has one {argument}, a common noun (NOUN) with Number=Sing or Plur and no "
        f"conjunct. No noun decides on both sides. {SPLIT_WORDS}",
        misleads=f"{more} the noun's ending tells it too; on nouns that train does not have, the ending is what is left. Read "
        "it beside bag of words.",
        source=f"{SENTEVAL}, there by Penn tags of a parsed book corpus and by forms of medium frequency; here forms of one "
        "lemma stay together, of any frequency, and sentences have 5 words or more",
        cases=of_each(lambda sentence: number_of(argument, sentence)),
        needs=f"a common noun as {what}",
        group="meaning",
    )


TASKS.register(
    BalancedTask(
        name="top_relations",
        title="What stands in the main clause",
        asks="Which parts does the main clause have, in which order?",
        measures="Which relations the dependents of the root have and in which order they stand around it, such as nsubj ROOT "
        "obj: the 19 orders that every split has most of and one class for all others, in equal numbers.",
        assumes="Gold trees in the corpus; subtypes and punctuation are passed over, and a root without dependents is not "
        "asked. Orders are ranked by their least share among the splits, so that none is missing in one. The classes are the "
        "whole corpus's, whatever a run's limits.",
        misleads="Twenty classes in equal numbers leave few items of each: read its interval. Length tells some orders.",
        source=f"{SENTEVAL}, whose top constituents are phrases of a constituency parse, in sentences that end in a full stop "
        "and have no other mark at the top",
        cases=relations,
        needs="a tree whose root has dependents",
    ),
    BalancedTask(
        name="past_present",
        title="Tense of the main verb",
        asks="Is the main verb past or present?",
        measures="Whether the main clause is in the past or the present, classes in equal numbers.",
        assumes="Gold trees and FEATS: the root is a VERB. Its first finite auxiliary tells the tense, so has gone is present; "
        "without one the verb itself where it is finite; an active participle with a tense of its own decides before any "
        "auxiliary, as Slavic pasts need. Modals without a tense and conditionals are not asked. No verb decides on both sides. "
        f"{SPLIT_WORDS}",
        misleads="Auxiliaries are few and stand in both train and test: did or is alone tells many answers. Read it beside bag "
        "of words.",
        source=f"{SENTEVAL}, there by Penn tags VBP, VBZ and VBD of the main verb, and by forms of medium frequency; here forms "
        "of one lemma stay together, of any frequency, and sentences have 5 words or more",
        cases=of_each(tense),
        needs="a main verb in the past or present",
        group="meaning",
    ),
    _number_task("subj_number", "nsubj", "Number of the subject", "subject", "The verb agrees in many languages, and"),
    _number_task("obj_number", "obj", "Number of the object", "object", "Determiners and numerals tell it, and"),
)
