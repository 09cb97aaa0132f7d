/* What people, signs and things say. */
#ifndef DIALOGUE_H
#define DIALOGUE_H

#include "gba.h"

enum dialogue_id {
    SAY_NOTHING,
    SAY_ELDER_ASKS,
    SAY_ELDER_WAITS,
    SAY_ELDER_THANKS,
    SAY_ELDER_SENDS,
    SAY_VILLAGER_START,
    SAY_VILLAGER_FETCH,
    SAY_VILLAGER_CARRY,
    SAY_VILLAGER_LIGHT,
    SAY_WEAVER_START,
    SAY_WEAVER_LATER,
    SAY_VILLAGE_SIGN,
    SAY_FOREST_SIGN,
    SAY_SPRING,
    SAY_SHRINE_COLD,
    SAY_SHRINE_LIT,
    SAY_EMBER_NOT_YET,
    SAY_EMBER_TAKEN,
    SAY_COUNT
};

struct dialogue {
    const char *speaker;
    const char *text; /* pages parted by \f, two lines of 27 characters parted by \n */
};

extern const struct dialogue dialogues[SAY_COUNT];

/* Return the text of a page, or 0 past the last one. It ends at \f or \0. */
const char *dialogue_page_text(u8 id, u8 page);

#endif
