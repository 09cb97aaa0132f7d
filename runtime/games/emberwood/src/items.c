/* What can be carried, bought and fought, and what there is only one of. */

#include "art.h"
#include "cartridge.h"

const struct item items[ITEM_COUNT] = {
    [ITEM_NONE] = {"", USE_NONE, 0, 0, 0, 0},
    [ITEM_POTION] = {"Potion", USE_HEAL, 12, 8, 9, UI_POTION},
    [ITEM_TONIC] = {"Tonic", USE_HEAL, 30, 20, 9, UI_TONIC},
    [ITEM_KEY] = {"Mill key", USE_NONE, 0, 0, 1, UI_KEY},
    [ITEM_IRON_KEY] = {"Iron key", USE_NONE, 0, 0, 1, UI_IRON_KEY},
    [ITEM_EMBER] = {"Ember", USE_NONE, 0, 0, 1, UI_EMBER},
    [ITEM_THREAD] = {"Thread", USE_NONE, 0, 0, 9, UI_THREAD},
    [ITEM_RING] = {"Silver ring", USE_NONE, 0, 0, 1, UI_RING},
    [ITEM_LETTER] = {"Letter", USE_NONE, 0, 0, 1, UI_LETTER},
    [ITEM_BLADE] = {"Short blade", USE_ATTACK, 1, 30, 1, UI_SWORD},
    [ITEM_SWORD] = {"Sword", USE_ATTACK, 2, 0, 1, UI_SWORD},
    [ITEM_BUCKLER] = {"Buckler", USE_DEFENCE, 1, 40, 1, UI_SHIELD},
    [ITEM_CLOAK] = {"Cloak", USE_DEFENCE, 1, 0, 1, UI_CLOAK},
    [ITEM_NIGHT] = {"One night", USE_REST, 0, 6, 0, UI_HEART_FULL},
};

/* Checked by playing: see tests/emulator/test_emberwood.py. */
const struct enemy enemies[ENEMY_COUNT] = {
    [ENEMY_NONE] = {"", 0, 0, 0, 0, 0, 0, 0},
    [ENEMY_SLIME] = {"SLIME", 7, 2, 0, 4, 4, MONSTER_SLIME, 0},
    [ENEMY_BAT] = {"BAT", 7, 3, 0, 5, 4, MONSTER_BAT, 0},
    [ENEMY_WOLF] = {"WOLF", 11, 3, 0, 8, 6, MONSTER_WOLF, 0},
    [ENEMY_THORNLING] = {"THORNLING", 15, 5, 1, 11, 8, MONSTER_THORNLING, 0},
    [ENEMY_TOAD] = {"TOAD", 18, 5, 0, 12, 9, MONSTER_TOAD, 0},
    [ENEMY_GHOUL] = {"GHOUL", 20, 5, 1, 20, 14, MONSTER_GHOUL, 0},
    [ENEMY_KNIGHT] = {"KNIGHT", 26, 8, 2, 26, 18, MONSTER_KNIGHT, 0},
    [ENEMY_THORN_KING] = {"THORN KING", 40, 6, 1, 60, 99, MONSTER_THORN_KING, 1},
};

const struct shop shops[SHOP_COUNT] = {
    [SHOP_NONE] = {"", {0}},
    [SHOP_VILLAGE] = {"STORE", {ITEM_POTION, ITEM_TONIC, ITEM_BLADE, ITEM_BUCKLER}},
    [SHOP_INN] = {"INN", {ITEM_NIGHT, ITEM_POTION, ITEM_TONIC}},
};

const struct cartridge cartridge = {
    .start_area = AREA_VILLAGE,
    .start_x = 7,
    .start_y = 8,
    .start_facing = FACING_DOWN,
    .start_gold = 10,
    .start_item = ITEM_POTION,
    .start_count = 1,
    .scene_area = AREA_SCENE,
    .intro = SAY_INTRO,
    .last_stage = STAGE_DONE,
    .story_item = ITEM_EMBER,
    .seed = 0x2545F491u, /* any constant but 0, which xorshift32 never leaves */
    .ending_line = "THE WOOD IS BRIGHT AGAIN",
    .game_over_line = "YOUR LIGHT WENT OUT",
};
