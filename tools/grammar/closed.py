"""Function words, the same in every split: form, lemma, UPOS, XPOS and FEATS as UD's English treebanks give them."""

from __future__ import annotations

from tools.grammar.tree import Node

# One line a group: lemma (or "=" for the form itself), UPOS, XPOS, FEATS, then the forms. A form that has several
# readings gets a key, form~reading.
TABLE = """
the   DET   DT   Definite=Def|PronType=Art                             the
a     DET   DT   Definite=Ind|PronType=Art                             a
this  DET   DT   Number=Sing|PronType=Dem                              this
that  DET   DT   Number=Sing|PronType=Dem                              that
this  DET   DT   Number=Plur|PronType=Dem                              these
that  DET   DT   Number=Plur|PronType=Dem                              those
=     DET   DT   PronType=Ind                                          some another any
=     DET   DT   PronType=Tot                                          every each
=     DET   DT   PronType=Neg                                          no
=     DET   PDT  PronType=Tot                                          all
=     DET   WDT  PronType=Int                                          which~det what~det
=     NUM   CD   NumForm=Word|NumType=Card                             two three four five six seven eight nine ten
I     PRON  PRP  Case=Nom|Number=Sing|Person=1|PronType=Prs            I
I     PRON  PRP  Case=Acc|Number=Sing|Person=1|PronType=Prs            me
you   PRON  PRP  Case=Nom|Person=2|PronType=Prs                        you
you   PRON  PRP  Case=Acc|Person=2|PronType=Prs                        you~acc
he    PRON  PRP  Case=Nom|Gender=Masc|Number=Sing|Person=3|PronType=Prs he
he    PRON  PRP  Case=Acc|Gender=Masc|Number=Sing|Person=3|PronType=Prs him
she   PRON  PRP  Case=Nom|Gender=Fem|Number=Sing|Person=3|PronType=Prs she
she   PRON  PRP  Case=Acc|Gender=Fem|Number=Sing|Person=3|PronType=Prs her
it    PRON  PRP  Case=Nom|Gender=Neut|Number=Sing|Person=3|PronType=Prs it
it    PRON  PRP  Case=Acc|Gender=Neut|Number=Sing|Person=3|PronType=Prs it~acc
we    PRON  PRP  Case=Nom|Number=Plur|Person=1|PronType=Prs            we
we    PRON  PRP  Case=Acc|Number=Plur|Person=1|PronType=Prs            us
they  PRON  PRP  Case=Nom|Number=Plur|Person=3|PronType=Prs            they
they  PRON  PRP  Case=Acc|Number=Plur|Person=3|PronType=Prs            them
=     PRON  PRP  Case=Acc|Number=Sing|Person=1|PronType=Prs|Reflex=Yes myself
=     PRON  PRP  Case=Acc|Gender=Masc|Number=Sing|Person=3|PronType=Prs|Reflex=Yes himself
=     PRON  PRP  Case=Acc|Gender=Fem|Number=Sing|Person=3|PronType=Prs|Reflex=Yes herself
=     PRON  PRP  Case=Acc|Number=Plur|Person=1|PronType=Prs|Reflex=Yes ourselves
=     PRON  PRP  Case=Acc|Number=Plur|Person=3|PronType=Prs|Reflex=Yes themselves
=     PRON  PRP$ Case=Gen|Number=Sing|Person=1|Poss=Yes|PronType=Prs   my
=     PRON  PRP$ Case=Gen|Person=2|Poss=Yes|PronType=Prs               your
=     PRON  PRP$ Case=Gen|Gender=Masc|Number=Sing|Person=3|Poss=Yes|PronType=Prs his
=     PRON  PRP$ Case=Gen|Gender=Fem|Number=Sing|Person=3|Poss=Yes|PronType=Prs her~poss
=     PRON  PRP$ Case=Gen|Number=Plur|Person=1|Poss=Yes|PronType=Prs   our
=     PRON  PRP$ Case=Gen|Number=Plur|Person=3|Poss=Yes|PronType=Prs   their
=     PRON  NN   Number=Sing|PronType=Ind                              someone something
=     PRON  NN   Number=Sing|PronType=Tot                              everyone everything
=     PRON  NN   Number=Sing|PronType=Neg                              nobody nothing
=     PRON  EX   _                                                     there
=     PRON  WP   PronType=Int                                          who what
=     PRON  WP   PronType=Rel                                          who~rel whom~rel
=     PRON  WP$  Poss=Yes|PronType=Int                                 whose
=     PRON  WP$  Poss=Yes|PronType=Rel                                 whose~rel
=     PRON  WDT  PronType=Rel                                          that~rel which~rel
=     ADV   WRB  PronType=Int                                          when where why how
=     ADV   WRB  PronType=Rel                                          where~rel
=     AUX   MD   VerbForm=Fin                                          will can must should may might could would
=     PART  RB   Polarity=Neg                                          not
=     PART  TO   _                                                     to~inf
's    PART  POS  _                                                     's '
=     ADP   IN   _                                                     of to in at with by about than
=     ADP   IN   _                                                     near behind outside inside beside
=     ADP   IN   _                                                     during after before
=     ADP   RP   _                                                     up down away off on back out over
=     SCONJ IN   _                                                     that~mark if whether because while although
=     SCONJ IN   _                                                     unless after~mark before~mark until without~mark
=     CCONJ CC   _                                                     and or but both
=     PUNCT ,    _                                                     ,
=     PUNCT .    _                                                     . ? !
"""


def _read(table: str) -> dict[str, tuple[str, str, str, str, str]]:
    words = {}
    for line in table.strip().splitlines():
        lemma, upos, xpos, feats, *keys = line.split()
        for key in keys:
            form = key.partition("~")[0]
            words[key] = (form, form if lemma == "=" else lemma, upos, xpos, feats)
    return words


WORDS = _read(TABLE)

FINITE = {
    "be": {"Pres": ("am", "are", "is"), "Past": ("was", "were", "was")},
    "have": {"Pres": ("have", "have", "has"), "Past": ("had", "had", "had")},
    "do": {"Pres": ("do", "do", "does"), "Past": ("did", "did", "did")},
}  # for each tense: first person singular, plural and second person, third person singular
NONFINITE = {
    "be": {"Inf": "be", "Past": "been", "Pres": "being"},
    "have": {"Inf": "have", "Pres": "having"},
    "do": {"Inf": "do"},
}


def word(key: str) -> Node:
    """A fresh node for a function word."""
    return Node(*WORDS[key])


def auxiliary_form(lemma: str, tense: str, person: str, number: str) -> str:
    if number == "Plur" or person == "2":
        return FINITE[lemma][tense][1]
    return FINITE[lemma][tense][0 if person == "1" else 2]
