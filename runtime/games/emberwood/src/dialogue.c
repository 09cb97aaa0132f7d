#include "dialogue.h"

const struct dialogue dialogues[SAY_COUNT] = {
    [SAY_ELDER_ASKS] =
        {"ELDER ROWAN",
         "Ah, you came. The wood has\ngone dark, as you can see.\f"
         "The old lantern is cold.\nOnly an ember can wake it.\f"
         "Go east, over the bridge,\nand find one in the cave!"},
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
        {"ELDER ROWAN", "The shrine is past the\nbridge, then to the south."},
    [SAY_VILLAGER_START] =
        {"MARLO", "Rowan is by the spring.\nHe looks worried."},
    [SAY_VILLAGER_FETCH] =
        {"MARLO",
         "The cave? Mind the slime on\nthe far bank.\f"
         "Hurt? Face the spring and\npress A: its water heals."},
    [SAY_VILLAGER_CARRY] =
        {"MARLO", "It glows! Quick, show it\nto Rowan."},
    [SAY_VILLAGER_LIGHT] =
        {"MARLO", "I can almost see the trees\nagain already."},
    [SAY_WEAVER_START] =
        {"WEAVER IDA",
         "My thread is dim without\nthe lantern's light.\f"
         "Speak with Elder Rowan, he\nis out by the spring."},
    [SAY_WEAVER_LATER] =
        {"WEAVER IDA",
         "In the cave, go right. The\nleft way is all thorns."},
    [SAY_VILLAGE_SIGN] =
        {"SIGN", "EMBERWOOD VILLAGE\nEast: the forest road"},
    [SAY_FOREST_SIGN] =
        {"SIGN", "North: the cave\nSouth: the lantern shrine"},
    [SAY_SPRING] =
        {"SPRING", "The water is cool and\nclear. Your wounds close."},
    [SAY_SHRINE_COLD] =
        {"SHRINE", "A stone lantern, cold\nand full of dry leaves."},
    [SAY_SHRINE_LIT] =
        {"SHRINE", "The flame leaps up. Light\nruns from leaf to leaf..."},
    [SAY_EMBER_NOT_YET] =
        {"EMBER", "It is too hot to hold. The\nelder may know how."},
    [SAY_EMBER_TAKEN] =
        {"EMBER", "You took the ember!\nIt is warm, not burning."},
};

const char *dialogue_page_text(u8 id, u8 page)
{
    const char *text = dialogues[id].text;
    for (; page > 0; page--) {
        while (*text != '\f') {
            if (*text == '\0')
                return 0;
            text++;
        }
        text++;
    }
    return text;
}
