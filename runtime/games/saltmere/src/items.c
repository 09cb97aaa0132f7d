/* What can be carried, bought and fought, and what there is only one of. */

#include "art.h"
#include "cartridge.h"

const struct item items[ITEM_COUNT] = {
    [ITEM_NONE] = {"", USE_NONE, 0, 0, 0, 0},
    [ITEM_OIL] = {"Lamp oil", USE_NONE, 0, 0, 1, UI_OIL},
    [ITEM_LENS] = {"Great lens", USE_NONE, 0, 0, 1, UI_EMBER},
    [ITEM_BRASS_KEY] = {"Brass key", USE_NONE, 0, 0, 1, UI_BRASS_KEY},
    [ITEM_IRON_KEY] = {"Iron key", USE_NONE, 0, 0, 1, UI_IRON_KEY},
    [ITEM_BREW] = {"Brew", USE_HEAL, 12, 7, 9, UI_BREW},
    [ITEM_SALVE] = {"Salve", USE_HEAL, 30, 18, 9, UI_SALVE},
    [ITEM_KNIFE] = {"Fish knife", USE_ATTACK, 1, 28, 1, UI_CUTLASS},
    [ITEM_CUTLASS] = {"Cutlass", USE_ATTACK, 2, 0, 1, UI_CUTLASS},
    [ITEM_JACKET] = {"Oilskin", USE_DEFENCE, 1, 36, 1, UI_JACKET},
    [ITEM_CHARM] = {"Shell charm", USE_DEFENCE, 1, 0, 1, UI_SHELL},
    [ITEM_SHELL] = {"Pink shell", USE_NONE, 0, 0, 9, UI_SHELL},
    [ITEM_BROOCH] = {"Brooch", USE_NONE, 0, 0, 1, UI_BROOCH},
    [ITEM_PARCEL] = {"Parcel", USE_NONE, 0, 0, 1, UI_PARCEL},
    [ITEM_BED] = {"A bed", USE_REST, 0, 5, 0, UI_HEART_FULL},
};

/* Checked by playing: see tests/emulator/test_saltmere.py. */
const struct enemy enemies[ENEMY_COUNT] = {
    [ENEMY_NONE] = {"", 0, 0, 0, 0, 0, 0, 0},
    [ENEMY_GULL] = {"GULL", 6, 2, 0, 3, 3, MONSTER_GULL, 0},
    [ENEMY_CRAB] = {"CRAB", 7, 2, 0, 4, 4, MONSTER_CRAB, 0},
    [ENEMY_JELLY] = {"JELLY", 9, 3, 0, 5, 5, MONSTER_JELLY, 0},
    [ENEMY_EEL] = {"EEL", 11, 3, 0, 7, 6, MONSTER_EEL, 0},
    [ENEMY_MUDLING] = {"MUDLING", 13, 4, 0, 8, 8, MONSTER_MUDLING, 0},
    [ENEMY_DROWNED] = {"DROWNED MAN", 16, 4, 1, 12, 11, MONSTER_DROWNED, 0},
    [ENEMY_LURKER] = {"LURKER", 20, 5, 1, 15, 14, MONSTER_LURKER, 0},
    [ENEMY_CAPTAIN] = {"CAPTAIN", 36, 6, 1, 60, 90, MONSTER_CAPTAIN, 1},
};

const struct shop shops[SHOP_COUNT] = {
    [SHOP_NONE] = {"", {0}},
    [SHOP_INN] = {"INN", {ITEM_BED, ITEM_BREW}},
    [SHOP_STORE] = {"NELL'S STORE", {ITEM_BREW, ITEM_SALVE, ITEM_KNIFE, ITEM_JACKET}},
};

const struct cartridge cartridge = {
    .start_area = AREA_HARBOUR,
    .start_x = 14,
    .start_y = 14,
    .start_facing = FACING_UP,
    .start_gold = 12,
    .start_item = ITEM_BREW,
    .start_count = 1,
    .scene_area = AREA_SCENE,
    .intro = SAY_INTRO,
    .last_stage = STAGE_DONE,
    .story_item = ITEM_LENS,
    .seed = 0x9E3779B9u, /* any constant but 0, which xorshift32 never leaves */
    .ending_line = "THE SHIPS ARE COMING HOME",
    .game_over_line = "THE TIDE TAKES YOU",
};
