"""Train's own content words. Notation: see `inflection.py`. No form here occurs in dev's or test's lexicon."""

from __future__ import annotations

NOUNS = {
    "person": """teacher doctor nurse farmer baker painter singer dancer driver pilot sailor soldier writer
        lawyer judge cook guard guide coach student child/children neighbor guest visitor friend stranger hero
        actor artist author captain clerk engineer gardener hunter mayor merchant musician officer patient poet
        scientist tailor tourist waiter witness champion relative adult expert host model human""",
    "gendered": "boy girl man/men woman/women mother father brother sister uncle aunt king queen prince princess",
    "of_person": "owner leader member founder",
    "animal": """dog cat horse cow pig sheep/sheep goat rabbit fox duck bird hen mouse/mice frog lion tiger wolf/wolves
        monkey elephant fish/fish swan goose/geese donkey camel eagle parrot""",
    "thing": """cup plate chair table desk lamp light candle clock watch ring coat shirt shoe dress sock blanket pillow
        carpet curtain mirror card ticket pencil bicycle car truck boat ship train wagon toy doll kite ball gift flower
        rose stone coin machine engine radio camera computer piano guitar violin drum antique secret/secrets sword
        necklace statue flag vase""",
    "picture": "picture painting drawing photograph portrait",
    "key": "key",
    "access": "road path entrance",
    "container": "box bottle basket bag suitcase cabinet drawer door window trunk jar cupboard",
    "text": "book letter story report note message poem novel song article record review",
    "food": "apple orange pear plum cake loaf/loaves potato tomato sandwich pie egg cookie",
    "place": """house garden park forest village town city church school library market museum hospital kitchen bedroom
        office factory cabin valley castle palace theater hotel restaurant studio camp shop store""",
    "site": "river lake bridge station tower beach harbor farm square fountain",
    "event": """party meeting concert wedding game race match lesson dinner lunch storm festival holiday journey walk
        dance ceremony debate interview visit play show fight trip""",
    "liquid": "water milk paint oil tea coffee soup honey",
    "mass": "bread sugar rice money sand snow wood",
    "claim": "claim belief hope fact idea suggestion rumor promise fear",
    "aim": "plan decision promise offer attempt wish desire need refusal",
    "topic": "answer question dream rule problem change",
    "part_person": "hat beard scarf/scarves umbrella smile accent cap crown cane",
    "part_thing": "handle lid label cover stripe crack lock ribbon",
    "part_place": "roof gate wall fence chimney balcony",
    "tool": "hammer brush knife/knives spoon needle shovel saw broom hook rope stick",
    "modifier": "kitchen garden school village summer winter paper metal glass silver stone office",
}

VERBS = {
    "vi_person": """smile laugh walk dance arrive leave/left/left work talk travel sit/sat/sat+ stand/stood/stood
        kneel/knelt/knelt whisper shout cough sneeze snore yawn argue hurry climb retire succeed fail pray sigh cook""",
    "vi_animal": "sleep/slept/slept run/ran/run+ swim/swam/swum+ wait fall/fell/fallen rest jump wander escape return",
    "vi_thing": """fall/fell/fallen break/broke/broken shine/shone/shone vanish burn sink/sank/sunk rattle
        shake/shook/shaken move change roll""",
    "vi_event": "begin/began/begun+ end start continue last finish change",
    "vt_thing": """find/found/found lose/lost/lost carry drop+ hide/hid/hidden paint clean repair buy/bought/bought
        sell/sold/sold break/broke/broken move wash borrow admire draw/drew/drawn examine bring/brought/brought
        hold/held/held keep/kept/kept lift push pull touch photograph replace weigh wrap+ label collect destroy
        choose/chose/chosen polish dry warm decorate measure damage deliver catch/caught/caught drag+ watch cover mark
        hook brush light/lit/lit""",
    "vt_person": """help see/saw/seen follow greet call thank praise blame trust kiss hug+ meet/met/met rescue guide
        guard coach nurse teach/taught/taught love recognize ignore invite answer interview protect join
        forgive/forgave/forgiven host judge calm watch find/found/found photograph""",
    "vt_animal": "chase follow watch see/saw/seen frighten bite/bit/bitten scare",
    "vt_container": "open close lock fill empty shut/shut/shut+",
    "vt_text": "read/read/read write/wrote/written publish translate copy print sign review record correct",
    "vt_food": "eat/ate/eaten cook taste bake slice share",
    "vt_liquid": "pour spill drink/drank/drunk",
    "vt_mass": "fetch store waste need buy/bought/bought measure",
    "vt_place": "visit leave/left/left enter cross reach search guard explore clean describe",
    "vt_event": "plan+ attend miss organize delay cancel discuss remember describe interrupt film",
    "vt_idea": """accept reject explain understand/understood/understood ignore support question doubt repeat dismiss
        clear""",
    "psych": """surprise frighten please annoy worry amuse delight bore confuse shock impress inspire upset/upset/upset+
        comfort charm interest disappoint tire""",
    "dative": "give/gave/given show/showed/shown send/sent/sent offer lend/lent/lent sell/sold/sold hand pass promise",
    "say": """say/said/said think/thought/thought believe know/knew/known hope claim report admit+ announce remember
        forget/forgot/forgotten+ notice hear/heard/heard explain fear agree""",
    "wonder": "ask wonder know/knew/known",
    "tell": "tell/told/told remind assure convince inform warn",
    "want": """want try hope plan+ decide promise refuse need learn agree forget/forgot/forgotten+ wish attempt expect
        prepare fail""",
    "order": "ask force order allow persuade encourage teach/taught/taught invite urge",
    "enjoy": "enjoy finish stop+ avoid start practice imagine consider",
    "look": "look seem feel/felt/felt sound appear become/became/become remain",
    "seem": "seem appear tend happen continue",
    "particle": """pick:up throw/threw/thrown:away put/put/put+:down take/took/taken:away bring/brought/brought:back
        push:over turn:over clean:up""",
}

ADJECTIVES = {
    "any": """old^ new^ good/better/best bad/worse/worst small^ large^ big^+ strange^ famous ordinary beautiful ugly^
        quiet^ lost expensive""",
    "person": """happy^ sad^+ brave^ kind^ clever^ tired hungry^ thirsty^ angry^ careful proud^ shy polite young^
        foolish gentle^ honest lazy^ lonely^ nervous rich^ poor^ rude^ strong^ wise^ weak^ patient jealous curious
        cheerful busy^ calm^ friendly generous grateful healthy^ loyal modest noisy^ selfish serious stubborn tall^
        anxious elderly cold^ upset adult""",
    "animal": "wild^ tame^ hungry^ thirsty^ fast^ slow^ lazy^ fat^+ brown strong^ clever^ frightened",
    "thing": """heavy^ light^ round^ square clean^ dirty^ dry^ wet^+ broken cheap^ long^ short^ soft^ hard^ sharp^
        smooth^ rough^ bright^ dark^ wooden golden black white red^+ blue green yellow pink orange narrow^ wide^
        valuable delicate modern antique warm^ useful painted hidden""",
    "container": "open empty full^ heavy^ locked closed wooden broken square round",
    "text": "long^ short^ boring interesting sad^+ serious secret novel open",
    "food": "sweet^ sour^ fresh^ ripe^ cold^ warm^ delicious",
    "place": "crowded busy^ distant remote peaceful local lovely^ sunny^ dark^ empty clean^ narrow^ deserted",
    "event": "long^ short^ boring exciting early^ late^ final annual daily sudden recent noisy^ secret",
    "liquid": "hot^+ cold^ fresh^ warm^ sweet^ clean^",
    "mass": "clean^ cheap^ dry^ wet^+ white",
    "idea": "foolish simple^ wrong secret serious popular false clear^ wise^ sudden original difficult",
    "clause": "clear^ obvious likely^ possible strange^ true^ certain wonderful sad^+",
    "ordinal": "first second third",
    "quantity": "many several few",
}

ADVERBS = {
    "manner": """quickly slowly carefully quietly loudly happily sadly bravely kindly gently politely proudly eagerly
        calmly easily badly well/better/best fast^ hard^ early^ late^ suddenly secretly openly patiently angrily
        nervously cheerfully softly warmly honestly wisely foolishly lazily perfectly""",
    "often": "often always usually sometimes never rarely",
    "when": "soon again now here downstairs daily everywhere abroad upstairs",
    "comment": "perhaps clearly obviously luckily fortunately strangely surprisingly naturally maybe",
    "degree": "very quite really truly",
}

NAMES = {
    "female": "Anna Emma Julia Laura Maria Sarah Alice Helen Susan Nina Clara Rose Eva Lucy Martha Sophie Diana Ruth",
    "male": "Peter John Paul David Thomas Daniel Henry George Simon Robert Oliver Adam Martin Samuel Victor Jack Oscar",
    "family": "Miller Cook Baker Hunter Jones Taylor Brown King Young Smith Adams Davis Walker Wright",
    "city": "London Paris Rome Berlin Boston Chicago Dublin Madrid Vienna Oslo",
}
