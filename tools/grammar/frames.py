"""What verbs ask for, as data: who may be their subject, what follows, which voices and aspects they have."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

CLAUSAL = frozenset({"ccomp", "wonder", "tell", "want", "order", "enjoy", "seem"})


@dataclass(frozen=True, eq=False)
class Frame:
    """A class of verbs. `verbs` names the lexicon's class; `shape` what follows the verb (see `complements.py`)."""

    verbs: str
    shape: str
    subject: dict[str, float]
    object: dict[str, float] = field(default_factory=dict)
    weight: float = 1.0
    passive: bool = False
    progressive: bool = True
    manner: bool = True  # takes adverbs of manner
    tool: bool = False  # takes "with" + instrument


PERSON = {"person": 1.0}
ANIMATE = {"person": 0.55, "animal": 0.45}
ANYTHING = {"person": 0.15, "thing": 0.2, "event": 0.3, "idea": 0.25, "animal": 0.1}

FRAMES = (
    Frame("vi_person", "", PERSON, weight=1.7),
    Frame("vi_animal", "", ANIMATE, weight=1.5),
    Frame("vi_thing", "", {"thing": 1.0}, weight=0.7),
    Frame("vi_event", "", {"event": 1.0}, weight=0.5, manner=False),
    Frame("vt_thing", "obj", PERSON, {"thing": 0.8, "container": 0.2}, weight=3.2, passive=True, tool=True),
    Frame("vt_person", "obj", PERSON, {"person": 0.85, "animal": 0.15}, weight=2.4, passive=True),
    Frame("vt_animal", "obj", {"animal": 1.0}, ANIMATE, weight=1.2, passive=True, manner=False),
    Frame("vt_container", "obj", PERSON, {"container": 1.0}, weight=0.9, passive=True, tool=True),
    Frame("vt_text", "obj", PERSON, {"text": 1.0}, weight=1.2, passive=True),
    Frame("vt_food", "obj", PERSON, {"food": 1.0}, weight=0.7, passive=True),
    Frame("vt_liquid", "obj", PERSON, {"liquid": 1.0}, weight=0.4, passive=True),
    Frame("vt_mass", "obj", PERSON, {"mass": 1.0}, weight=0.5, passive=True),
    Frame("vt_place", "obj", PERSON, {"place": 0.75, "site": 0.25}, weight=1.0, passive=True),
    Frame("vt_event", "obj", PERSON, {"event": 1.0}, weight=0.9, passive=True, manner=False),
    Frame("vt_idea", "obj", PERSON, {"idea": 1.0}, weight=0.9, passive=True, manner=False),
    Frame("psych", "obj", ANYTHING, PERSON, weight=1.7, passive=True, progressive=False, manner=False),
    Frame("dative", "dative", PERSON, {"thing": 0.6, "text": 0.4}, weight=1.1, passive=True, manner=False),
    Frame("particle", "particle", PERSON, {"thing": 1.0}, weight=0.8, passive=True),
    Frame("say", "ccomp", PERSON, weight=2.2, progressive=False, manner=False),
    Frame("wonder", "wonder", PERSON, weight=0.7, progressive=False, manner=False),
    Frame("tell", "tell", PERSON, PERSON, weight=0.8, progressive=False, manner=False),
    Frame("want", "want", PERSON, weight=1.5, progressive=False, manner=False),
    Frame("order", "order", PERSON, PERSON, weight=0.9, passive=True, progressive=False, manner=False),
    Frame("enjoy", "enjoy", PERSON, weight=0.7, progressive=False, manner=False),
    Frame("seem", "seem", ANIMATE | {"thing": 0.3}, weight=0.5, progressive=False, manner=False),
    Frame("look", "look", {"person": 0.6, "thing": 0.2, "place": 0.2}, weight=0.8, progressive=False, manner=False),
    Frame(
        "be", "cop", {"person": 0.5, "animal": 0.08, "thing": 0.15, "container": 0.04, "text": 0.05, "food": 0.03,
        "place": 0.05, "event": 0.05, "idea": 0.04, "mass": 0.01}, weight=3.2, manner=False,
    ),
)  # fmt: skip


@cache
def options(subject: str, gap: str, form: str, clauses: bool, only: str = "") -> dict[tuple[Frame, bool], float]:
    """The frames, each active (False) or passive (True), that can make a clause, with their weights.

    `subject`: the subject's kind ("": free); `gap`: the kind of an object that stands elsewhere ("": none);
    `form`: the verb form (see `verb_group.py`); `clauses`: whether complement clauses may be nested further;
    `only`: the one class of verbs wanted.
    """
    found: dict[tuple[Frame, bool], float] = {}
    for frame in FRAMES:
        if (only and frame.verbs != only) or (not clauses and frame.shape in CLAUSAL):
            continue
        fits = not subject or subject in frame.subject
        if fits and form != "PassPart" and _active(frame, gap, form):
            found[frame, False] = frame.weight
        if frame.passive and not gap and form in {"Fin", "Inf", "PassPart"} and _undergoes(frame, subject):
            found[frame, True] = frame.weight * 0.24
    return found


def _active(frame: Frame, gap: str, form: str) -> bool:
    if gap:
        return gap in frame.object and frame.shape in {"obj", "dative", "particle"}
    if form == "PresPart":
        return frame.progressive and frame.shape != "cop"
    return form not in {"Ger", "Imp"} or frame.shape not in {"cop", "seem", "look", "wonder"}


def _undergoes(frame: Frame, subject: str) -> bool:
    """Whether the passive's subject may be of this kind; a dative's is its recipient or its object."""
    return not subject or subject in frame.object or (frame.shape == "dative" and subject == "person")
