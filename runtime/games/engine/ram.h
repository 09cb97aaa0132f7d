/* The words of the published memory: what its numbers mean. Where each field lies is the cartridge's ram_layout.h. */
#ifndef RAM_H
#define RAM_H

#include "gba.h"

#define RAM_VERSION 2
#define MAP_STRIDE 32
#define ITEM_SLOTS 16
#define FLAG_BYTES 16
#define BEHIND_BATTLE 0xFF /* scene_behind: not an area, but a battle's backdrop */
#define TEXT_BYTES 64
#define SPEAKER_BYTES 16

enum mode {
    MODE_TITLE,
    MODE_WORLD,
    MODE_DIALOGUE,
    MODE_TRANSITION,
    MODE_ENDING,
    MODE_GAME_OVER,
    MODE_BATTLE,
    MODE_MENU,
    MODE_SHOP,
    MODE_CUTSCENE
};
enum facing { FACING_DOWN, FACING_UP, FACING_LEFT, FACING_RIGHT };

/* A cell's kind, in map_tiles. People move, so they are in the actors and never in the map. */
enum kind {
    KIND_GROUND,
    KIND_PATH,
    KIND_WALL,
    KIND_WATER,
    KIND_BRAMBLE,
    KIND_EXIT,
    KIND_UNUSED,
    KIND_ITEM,
    KIND_SPRING,
    KIND_SHRINE,
    KIND_SIGN,
    KIND_TALL_GRASS, /* battles wait here */
    KIND_LEDGE_DOWN, /* hopped over in one direction, a wall from all others */
    KIND_LEDGE_LEFT,
    KIND_LEDGE_RIGHT,
    KIND_LOCKED,     /* door or gate */
    KIND_CHEST,
    KIND_COUNTER,    /* one talks across it */
    KIND_COUNT
};

/* runtime/vocabulary.py names these two for the rest of the world. */
enum context {
    CONTEXT_TITLE,
    CONTEXT_OVERWORLD,
    CONTEXT_DIALOGUE,
    CONTEXT_BATTLE,
    CONTEXT_MENU,
    CONTEXT_INVENTORY,
    CONTEXT_SHOP,
    CONTEXT_CUTSCENE,
    CONTEXT_TRANSITION,
    CONTEXT_GAME_OVER
};
enum scene {
    SCENE_TITLE,
    SCENE_INTRO,
    SCENE_TOWN,
    SCENE_ROUTE,
    SCENE_FOREST,
    SCENE_CAVE,
    SCENE_HOUSE,
    SCENE_STORE,
    SCENE_DIALOGUE,
    SCENE_BATTLE_START,
    SCENE_BATTLE_MAIN,
    SCENE_BATTLE_ITEM,
    SCENE_BATTLE_END,
    SCENE_MENU_MAIN,
    SCENE_MENU_ITEMS,
    SCENE_MENU_SAVE,
    SCENE_SHOP_COUNTER,
    SCENE_ENDING,
    SCENE_GAME_OVER
};

enum menu_kind { MENU_NONE, MENU_TITLE, MENU_MAIN, MENU_ITEMS, MENU_SAVE, MENU_SHOP, MENU_BATTLE, MENU_BATTLE_ITEMS };
enum battle_phase { BATTLE_NONE, BATTLE_START, BATTLE_CHOOSE, BATTLE_ITEMS, BATTLE_ACT, BATTLE_ANSWER, BATTLE_END };
enum battle_result { RESULT_NONE, RESULT_WON, RESULT_LOST, RESULT_FLED };
enum battle_turn { TURN_NOBODY, TURN_PLAYER, TURN_ENEMY };

enum cutscene_then { THEN_SCRIPT, THEN_START, THEN_ENDING };

/* Somebody who stands in a cell and is not the player. */
struct actor {
    u8 id;     /* person + 1, so that a zeroed entry means nobody */
    u8 area;   /* 0 while they are nowhere */
    u8 x, y;   /* cells; while sliding, the cell being entered */
    u8 facing;
    u8 slide;  /* pixels still to slide, 0 when standing */
    u8 wait;   /* frames until the next decision */
    u8 unused;
};
_Static_assert(sizeof(struct actor) == 8, "actor size");

/* What a game keeps when it is saved. One list for the copy in memory and for both ways of copying. */
#define SAVED_FIELDS(X)                                                                            \
    X(u8, area) X(u8, player_x) X(u8, player_y) X(u8, player_facing)                               \
    X(u8, hp) X(u8, max_hp) X(u8, level) X(u8, quest_stage) X(u8, side_done) X(u8, side_taken)     \
    X(u8, has_ember) X(u8, kills) X(u16, xp) X(u16, gold) X(u32, steps) X(u32, areas_seen)
#define SAVED(type, name) type name;
struct save {
    u32 valid; /* SAVE_MAGIC once something has been saved */
    SAVED_FIELDS(SAVED)
    u8 items[ITEM_SLOTS];
    u8 flags[FLAG_BYTES];
};
#undef SAVED
#define SAVE_MAGIC 0x45564153u

#include "ram_layout.h"

/* Defined in main.c; the linker script places it at 0x02000000. */
extern struct game_ram game;

#endif
