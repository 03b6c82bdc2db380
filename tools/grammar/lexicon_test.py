"""Test's own content words. Notation: see `inflection.py`. No form here occurs in train's or dev's lexicon."""

from __future__ import annotations

NOUNS = {
    "person": """architect butcher cyclist diplomat fisherman/fishermen goalkeeper barber historian jeweler
        librarian plumber politician professor sculptor surgeon twin wizard native parent""",
    "gendered": "duchess niece nun monk landlord",
    "of_person": "chairman/chairmen resident",
    "animal": "kitten pony owl lizard zebra bat ox/oxen",
    "thing": """anchor balloon bench bracelet compass crystal feather globe puppet pump robot sleigh trumpet wreath
        motor iron""",
    "picture": "cartoon mosaic mural",
    "key": "combination",
    "access": "stairway passage",
    "container": "envelope safe bin bucket",
    "text": "sermon manuscript verse post leaflet quiz/quizzes",
    "food": "lemon onion muffin omelet noodle grape",
    "place": "chapel dungeon laboratory vineyard attic stadium jungle prison",
    "site": "lighthouse pier monument volcano",
    "event": "banquet carnival lecture ballet reunion experiment attack",
    "liquid": "vinegar ink",
    "mass": "cheese gravel silk",
    "claim": "assumption conclusion bet",
    "aim": "ambition campaign intention",
    "topic": "strategy custom paradox insult trick",
    "part_person": "necktie wig limp badge",
    "part_thing": "knob dent patch",
    "part_place": "courtyard moat pillar",
    "tool": "axe screwdriver chisel pump",
    "modifier": "marble rubber ivory attic",
}

VERBS = {
    "vi_person": "chat+ gasp limp grin+ campaign apologize lecture weep/wept/wept",
    "vi_animal": "leap shiver dive",
    "vi_thing": "crumble explode tilt wobble freeze/froze/frozen",
    "vi_event": "conclude occur+",
    "vt_thing": "iron bury grab+ crush patch obtain tear/tore/torn shred+ assemble bend/bent/bent carve pump",
    "vt_person": "congratulate tease pardon trick parent insult",
    "vt_animal": "attack sniff nudge",
    "vt_container": "bolt unlock tape",
    "vt_text": "memorize post rewrite/rewrote/rewritten",
    "vt_food": "chop+ devour grate",
    "vt_liquid": "sprinkle dilute",
    "vt_mass": "scatter supply",
    "vt_place": "occupy renovate vacate tidy",
    "vt_event": "sponsor celebrate disrupt",
    "vt_idea": "defend endorse ridicule",
    "psych": "disturb fascinate offend trouble soothe",
    "dative": "loan wire grant",
    "say": "insist suggest conclude predict complain",
    "wonder": "investigate speculate",
    "tell": "advise caution",
    "want": "intend pretend vow",
    "order": "motivate oblige compel+",
    "enjoy": "resist recommend dread",
    "look": "stay grow/grew/grown",
    "seem": "deserve",
    "particle": "tear/tore/torn:up grab+:back bend/bent/bent:down",
}

ADJECTIVES = {
    "any": "giant splendid odd^ common^ unusual",
    "person": "native humble^ ambitious blind^ moody^ cautious skillful timid confident limp drowsy^",
    "animal": "fluffy^ agile obedient",
    "thing": "crystal frozen hollow^ slender torn steep^ transparent blunt^ bent",
    "container": "safe^ spare leaky^",
    "text": "funny^ tedious scholarly",
    "food": "salty^ spicy^ crisp^",
    "place": "tidy^ cozy^ exotic gloomy^",
    "event": "weekly solemn splendid brilliant",
    "liquid": "filthy^ abundant",
    "mass": "filthy^ coarse^ abundant",
    "idea": "reasonable naive valid firm^",
    "clause": "unlikely apparent tragic",
    "ordinal": "sixth seventh",
    "quantity": "various",
}

ADVERBS = {
    "manner": "rapidly awkwardly smoothly hastily silently skillfully steadily tightly cautiously",
    "often": "regularly normally constantly",
    "when": "eventually elsewhere weekly overseas nearby",
    "comment": "unfortunately presumably undoubtedly",
    "degree": "fairly extremely",
}

NAMES = {
    "female": "Matilda Vera Bianca Paula Gloria Ursula",
    "male": "Conrad Edgar Gilbert Ivan Nathan Philip",
    "family": "Barber Butcher Murray Foster Sullivan",
    "city": "Geneva Cairo Toronto Munich",
}
