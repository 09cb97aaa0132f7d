/* What people, signs and things say, and what the menu says is to be done. */

#include "cartridge.h"

const struct say says[SAY_COUNT] = {
    [SAY_INTRO] =
        {"",
         "In the hollow of the hills\nlies a wood that glowed.\f"
         "A lantern lit every leaf,\nand nobody knew the dark.\f"
         "Then the lantern went out.\nThorns grew. Wolves came.\f"
         "This is the story of who\nwent to light it again."},
    [SAY_ENDING] =
        {"",
         "The beacon burns, and from\nthe hills the light runs...\f"
         "...down to the wood, leaf\nto leaf, lamp to lamp.\f"
         "In Emberwood they say the\ndark has never come back."},
    [SAY_ELDER_ASKS] =
        {"ELDER ROWAN",
         "Ah, you came. The wood has\ngone dark, as you can see.\f"
         "The old lantern is cold.\nOnly an ember can wake it.\f"
         "Go east, over the bridge,\nand find one in the cave!\f"
         "Beasts lurk in tall grass.\nTake these two potions."},
    [SAY_ELDER_WAITS] =
        {"ELDER ROWAN",
         "The ember lies in the cave,\neast across the forest.\f"
         "Brambles bite. The long way\nround is the kinder one."},
    [SAY_ELDER_THANKS] =
        {"ELDER ROWAN",
         "You carried it all this\nway! Let me see to it...\f"
         "There: a steady flame.\nTake it to the shrine in\f"
         "the forest, south of the\nbridge, and light it."},
    [SAY_ELDER_SENDS] =
        {"ELDER ROWAN",
         "The shrine is past the\nbridge, then to the south."},
    [SAY_ELDER_SOUTH] =
        {"ELDER ROWAN",
         "The shrine burns, and the\nthorns in the south fell!\f"
         "Take the road to Mirlake.\nWarden Maren will know why\f"
         "the dark still lingers."},
    [SAY_ELDER_LATER] =
        {"ELDER ROWAN",
         "Maren is wise. Do as she\nsays, and rest when hurt."},
    [SAY_ELDER_END] =
        {"ELDER ROWAN",
         "The beacon! I never thought\nI would see it again."},
    [SAY_VILLAGER_START] =
        {"MARLO",
         "Rowan is by the spring.\nHe looks worried."},
    [SAY_VILLAGER_FETCH] =
        {"MARLO",
         "The cave? Mind the slime on\nthe far bank.\f"
         "Hurt? Face the spring and\npress A: its water heals."},
    [SAY_VILLAGER_CARRY] =
        {"MARLO",
         "It glows! Quick, show it\nto Rowan."},
    [SAY_VILLAGER_LIGHT] =
        {"MARLO",
         "I can almost see the trees\nagain already."},
    [SAY_VILLAGER_SOUTH] =
        {"MARLO",
         "The south gate is free of\nthorns! Mirlake is beyond."},
    [SAY_WEAVER_START] =
        {"WEAVER IDA",
         "My thread is dim without\nthe lantern's light.\f"
         "Speak with Elder Rowan, he\nis out by the spring."},
    [SAY_WEAVER_ASKS] =
        {"WEAVER IDA",
         "In the cave, go right. The\nleft way is all thorns.\f"
         "And should you see silver\nthread lying about, bring\f"
         "me 3 spools. I shall make\nyou a cloak of them."},
    [SAY_WEAVER_WAITS] =
        {"WEAVER IDA",
         "3 spools of silver thread.\nThey glint in dead ends."},
    [SAY_WEAVER_THANKS] =
        {"WEAVER IDA",
         "Three spools! Wait a bit...\nHere: a cloak of silver.\f"
         "It will turn many a blow."},
    [SAY_WEAVER_LETTER] =
        {"WEAVER IDA",
         "A letter from Odo, at the\ninn? He is well! Oh, good.\f"
         "Take this tonic, dear."},
    [SAY_WEAVER_LATER] =
        {"WEAVER IDA",
         "How well the cloak suits\nyou."},
    [SAY_SHOP_HELLO] =
        {"SHOPKEEPER",
         "Welcome! Potions mend you,\na good blade spares you."},
    [SAY_HUNTER_ASKS] =
        {"HUNTER BREN",
         "You hold that stick like a\nspoon. Win 6 battles, and\f"
         "I will give you my sword."},
    [SAY_HUNTER_WAITS] =
        {"HUNTER BREN",
         "Tall grass is where beasts\nhide. 6 battles, no less."},
    [SAY_HUNTER_THANKS] =
        {"HUNTER BREN",
         "Ha! You have a hunter's\neye now. My sword is yours."},
    [SAY_HUNTER_LATER] =
        {"HUNTER BREN",
         "Strike first, drink before\nyou must, run when wise."},
    [SAY_WARDEN_EARLY] =
        {"WARDEN MAREN",
         "Mirlake greets you. How is\nEmberwood's lantern?"},
    [SAY_WARDEN_ASKS] =
        {"WARDEN MAREN",
         "So the shrine burns again!\nBut the hills stay dark.\f"
         "The Thorn King sits on his\nthrone below the pass, and\f"
         "smothers our great beacon.\nAn iron gate bars the way.\f"
         "Its key lies in the old\nmill. Something moved in...\f"
         "Take the mill key. The mill\nis east of the well."},
    [SAY_WARDEN_WAITS] =
        {"WARDEN MAREN",
         "The mill is east of the\nwell. Its key is yours."},
    [SAY_WARDEN_GATE] =
        {"WARDEN MAREN",
         "You have the iron key! The\ngate is in the east pass,\f"
         "behind Emberwood's forest.\nBuy potions before you go."},
    [SAY_WARDEN_BEACON] =
        {"WARDEN MAREN",
         "The beacon stands behind\nthe Thorn King's throne."},
    [SAY_WARDEN_END] =
        {"WARDEN MAREN",
         "Look east: the beacon! All\nMirlake thanks you."},
    [SAY_INN_HELLO] =
        {"INNKEEPER ODO",
         "A bed for the night? You\nwake up as good as new."},
    [SAY_INN_LETTER] =
        {"INNKEEPER ODO",
         "You come from Emberwood?\nMy sister Ida lives there.\f"
         "Please take her this letter\nof mine."},
    [SAY_FISHER_ASKS] =
        {"FISHER TAM",
         "My ring! I lost it on the\nsouth road, in the east.\f"
         "There is a chest where I\nslept. Bring me my ring?"},
    [SAY_FISHER_WAITS] =
        {"FISHER TAM",
         "The chest is in the south\neast of the road."},
    [SAY_FISHER_THANKS] =
        {"FISHER TAM",
         "My ring! Bless you. Take\nthese coins, and a tonic."},
    [SAY_FISHER_LATER] =
        {"FISHER TAM",
         "The lake is calm today."},
    [SAY_MAPMAKER_ASKS] =
        {"MAPMAKER LIO",
         "I draw a map of the land,\nbut my knees are bad.\f"
         "Visit 12 places and come\nand tell me of them!"},
    [SAY_MAPMAKER_WAITS] =
        {"MAPMAKER LIO",
         "Not 12 places yet. Do you\nknow the grove, north of\f"
         "the forest road?"},
    [SAY_MAPMAKER_THANKS] =
        {"MAPMAKER LIO",
         "12 places! My map is done.\nHere is your share."},
    [SAY_MAPMAKER_LATER] =
        {"MAPMAKER LIO",
         "What a fine map it is."},
    [SAY_CHILD] =
        {"PIP",
         "Ledges are fun! Hop down,\nand you cannot hop up."},
    [SAY_CHILD_LATE] =
        {"PIP",
         "Did you see it? The light\non the mountain!"},
    [SAY_GHOUL] =
        {"GHOUL",
         "Miiine... the millll is\nmiiiine..."},
    [SAY_KING] =
        {"THORN KING",
         "Little spark. You lit one\nlantern and call it dawn?\f"
         "Come, then. Be put out."},
    [SAY_KING_FALLS] =
        {"THORN KING",
         "The roots... let go... so\nthis is... light..."},
    [SAY_VILLAGE_SIGN] =
        {"SIGN",
         "EMBERWOOD VILLAGE\nEast: the forest road"},
    [SAY_FOREST_SIGN] =
        {"SIGN",
         "North: the cave\nSouth: the lantern shrine"},
    [SAY_ROAD_SIGN] =
        {"SIGN",
         "North: Emberwood\nSouth: Mirlake"},
    [SAY_MIRLAKE_SIGN] =
        {"SIGN",
         "MIRLAKE  West: the inn\nEast: the mill, locked"},
    [SAY_PASS_SIGN] =
        {"SIGN",
         "THE EAST PASS\nThe iron gate: keep out!"},
    [SAY_SPRING] =
        {"SPRING",
         "The water is cool and\nclear. Your wounds close."},
    [SAY_WELL] =
        {"WELL",
         "Sweet water, drawn from the\nlake. Your wounds close."},
    [SAY_THORNS] =
        {"THORNS",
         "A wall of thorns, thick as\nan arm. It will not burn."},
    [SAY_SHRINE_COLD] =
        {"SHRINE",
         "A stone lantern, cold\nand full of dry leaves."},
    [SAY_SHRINE_LIT] =
        {"SHRINE",
         "The flame leaps up. Light\nruns from leaf to leaf..."},
    [SAY_SHRINE_GLOW] =
        {"",
         "Far off, south of the\nvillage, thorns crumble."},
    [SAY_SHRINE_WARM] =
        {"SHRINE",
         "The lantern burns with a\nsteady light."},
    [SAY_EMBER_NOT_YET] =
        {"EMBER",
         "It is too hot to hold. The\nelder may know how."},
    [SAY_EMBER_TAKEN] =
        {"EMBER",
         "You took the ember!\nIt is warm, not burning."},
    [SAY_MILL_LOCKED] =
        {"MILL",
         "The door is locked."},
    [SAY_MILL_OPENS] =
        {"MILL",
         "The mill key turns. The\ndoor is open."},
    [SAY_GATE_LOCKED] =
        {"GATE",
         "An iron gate. It has a big\nkeyhole."},
    [SAY_GATE_OPENS] =
        {"GATE",
         "The iron key grinds round.\nThe gate swings open."},
    [SAY_BEACON_COLD] =
        {"BEACON",
         "A great beacon, strangled\nby roots."},
    [SAY_BEACON_LIT] =
        {"BEACON",
         "You hold out the flame. The\nbeacon roars to life!"},
    [SAY_THREAD] =
        {"THREAD",
         "You found a spool of silver\nthread."},
    [SAY_CHEST_POTION] =
        {"CHEST",
         "You found 2 potions!"},
    [SAY_CHEST_TONIC] =
        {"CHEST",
         "You found a tonic!"},
    [SAY_CHEST_GOLD] =
        {"CHEST",
         "You found 40 gold!"},
    [SAY_CHEST_RING] =
        {"CHEST",
         "You found a silver ring!"},
    [SAY_CHEST_IRON_KEY] =
        {"CHEST",
         "You found the iron key!"},
};

const char *const objectives[] = {
    [STAGE_ASK_ELDER] = "Ask the elder.",
    [STAGE_FETCH_EMBER] = "Take the ember in the cave",
    [STAGE_CARRY_EMBER] = "Bring it to the elder.",
    [STAGE_LIGHT_SHRINE] = "Light the forest shrine.",
    [STAGE_ASK_WARDEN] = "Ask Warden Maren, Mirlake.",
    [STAGE_FIND_KEY] = "Find the key in the mill.",
    [STAGE_OPEN_GATE] = "Open the gate in the pass.",
    [STAGE_BEAT_KING] = "Beat the Thorn King.",
    [STAGE_LIGHT_BEACON] = "Light the beacon.",
    [STAGE_DONE] = "The wood is bright again.",
};
