"""Dev's own content words. Notation: see `inflection.py`. No form here occurs in train's or test's lexicon."""

from __future__ import annotations

NOUNS = {
    "person": """pianist butler carpenter chemist cousin critic detective dentist editor inventor janitor
        knight mechanic pupil reporter shepherd magician volunteer rival individual""",
    "gendered": "grandfather grandmother nephew",
    "of_person": "director inhabitant",
    "animal": "cheetah puppy sparrow squirrel turtle crane seal",
    "thing": "bell pot telescope trophy helmet jacket glove sofa stool lantern tractor canoe rug harp fan liquid",
    "picture": "sketch sculpture engraving",
    "key": "code",
    "access": "corridor tunnel",
    "container": "barrel crate wallet tin chest",
    "text": "essay diary speech script memo/memos draft",
    "food": "peach carrot pancake biscuit melon cherry",
    "place": "barn cottage temple bakery workshop cellar gym meadow bank",
    "site": "canal waterfall dock cliff",
    "event": "picnic parade contest tournament exam strike rehearsal voyage test",
    "liquid": "juice fuel",
    "mass": "flour butter cotton clay",
    "claim": "theory suspicion estimate",
    "aim": "struggle effort proposal",
    "topic": "riddle joke method mistake",
    "part_person": "ponytail mustache backpack tattoo",
    "part_thing": "spring button stain",
    "part_place": "porch staircase tile",
    "tool": "drill file sponge mop",
    "modifier": "brick leather velvet cellar",
}

VERBS = {
    "vi_person": "nap+ giggle march blush frown sketch joke struggle volunteer faint",
    "vi_animal": "hop+ crawl tremble hesitate",
    "vi_thing": "collapse slide/slid/slid drift spring/sprang/sprung leak",
    "vi_event": "resume proceed",
    "vt_thing": """drill sketch toss steal/stole/stolen rent tie fold fan+ file buckle invent hang/hung/hung
        spin/spun/spun+""",
    "vt_person": "hire rival dismay tickle salute adore cure",
    "vt_animal": "bump spot+ trail",
    "vt_container": "seal load unpack",
    "vt_text": "recite draft edit quote",
    "vt_food": "chew peel swallow",
    "vt_liquid": "stir+ sip+",
    "vt_mass": "heap absorb",
    "vt_place": "tour inspect abandon",
    "vt_event": "skip+ televise boycott",
    "vt_idea": "oppose criticize test",
    "psych": "bother irritate thrill puzzle alarm",
    "dative": "feed/fed/fed mail award",
    "say": "suspect estimate realize mention guess",
    "wonder": "inquire query",
    "tell": "notify reassure",
    "want": "manage strive/strove/striven struggle threaten",
    "order": "command permit+ instruct",
    "enjoy": "dislike postpone risk",
    "look": "smell prove",
    "seem": "prove cease",
    "particle": "hang/hung/hung:up toss:away fold:up",
}

ADJECTIVES = {
    "any": "tiny^ huge^ mysterious plain^ fine^ rare^",
    "person": "eager sincere witty^ grumpy^ talented lame^ gifted pale^ shrewd^ sleepy^ smart^",
    "animal": "furry^ fierce^ playful swift^",
    "thing": "liquid shiny^ slim^+ stolen rusty^ flat thick^ individual crooked gray faint^",
    "container": "sealed sturdy^ bulky^",
    "text": "lengthy^ dull^ hilarious",
    "food": "bitter raw rotten",
    "place": "abandoned vast^ spacious foggy^",
    "event": "formal monthly chaotic brief^",
    "liquid": "pure^ scarce^",
    "mass": "liquid pure^ scarce^",
    "idea": "absurd bold^ vague^ logical",
    "clause": "evident remarkable plain^",
    "ordinal": "fourth fifth",
    "quantity": "numerous",
}

ADVERBS = {
    "manner": "swiftly clumsily boldly merrily shyly firmly neatly briefly gracefully tirelessly straight",
    "often": "frequently seldom occasionally",
    "when": "afterwards lately monthly indoors somewhere",
    "comment": "evidently apparently thankfully",
    "degree": "rather pretty",
}

NAMES = {
    "female": "Ingrid Wendy Carla Judith Olga Stella",
    "male": "Walter Hugo Felix Bruno Leon Ralph",
    "family": "Carpenter Knight Bell Harris Nelson",
    "city": "Lisbon Athens Prague Denver",
}
