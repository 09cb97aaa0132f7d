/* The published memory map. game.toml names these addresses: change one, change both. */
#ifndef RAM_H
#define RAM_H

#include "gba.h"

#define RAM_MAGIC 0x52424D45u /* "EMBR" */
#define RAM_VERSION 1
#define MAP_STRIDE 32
#define ACTOR_COUNT 4

enum mode { MODE_TITLE, MODE_WORLD, MODE_DIALOGUE, MODE_TRANSITION, MODE_ENDING, MODE_GAME_OVER };
enum facing { FACING_DOWN, FACING_UP, FACING_LEFT, FACING_RIGHT };
enum quest { QUEST_START, QUEST_FETCH_EMBER, QUEST_CARRY_EMBER, QUEST_LIGHT_SHRINE, QUEST_DONE };
enum actor_id { ACTOR_ELDER, ACTOR_VILLAGER, ACTOR_WEAVER, ACTOR_SLIME };
enum kind {
    KIND_GROUND,
    KIND_PATH,
    KIND_WALL,
    KIND_WATER,
    KIND_BRAMBLE,
    KIND_EXIT,
    KIND_UNUSED, /* people move, so they are in `actors` and never in the map */
    KIND_ITEM,
    KIND_SPRING,
    KIND_SHRINE,
    KIND_SIGN
};

/* Somebody who stands in a cell and is not the player. */
struct actor {
    u8 id;     /* enum actor_id + 1, so that a zeroed entry means nobody */
    u8 area;
    u8 x, y;   /* cells; while sliding, the cell being entered */
    u8 facing;
    u8 slide;  /* pixels still to slide, 0 when standing */
    u8 wait;   /* frames until the next decision */
    u8 unused;
};

struct game_ram {
    u32 magic;            /* 00 */
    u16 version;          /* 04 */
    u16 size;             /* 06 bytes in this structure */
    u32 frame;            /* 08 logic steps since boot */
    u32 rng;              /* 0C xorshift32 state */
    u8 player_x;          /* 10 cells; while walking, the cell being entered */
    u8 player_y;          /* 11 */
    u8 player_facing;     /* 12 */
    u8 player_moving;     /* 13 1 while between two cells */
    u8 hp;                /* 14 */
    u8 max_hp;            /* 15 */
    u8 step_frame;        /* 16 0..7, frames spent on the present step */
    u8 invulnerable;      /* 17 frames left during which the slime does no harm */
    u8 mode;              /* 18 */
    u8 area;              /* 19 */
    u8 quest_stage;       /* 1A */
    u8 has_ember;         /* 1B */
    u8 areas_visited;     /* 1C bit n: area n has been entered */
    u8 dialogue_id;       /* 1D 0 when nobody speaks */
    u8 dialogue_page;     /* 1E */
    u8 dialogue_shown;    /* 1F characters of the page typed so far */
    u32 steps;            /* 20 cells walked in this game */
    u16 player_pixel_x;   /* 24 left edge of the player's cell, sliding with it */
    u16 player_pixel_y;   /* 26 */
    u16 camera_x;         /* 28 pixel of the area at the screen's left edge */
    u16 camera_y;         /* 2A */
    u8 map_width;         /* 2C cells */
    u8 map_height;        /* 2D */
    u16 mode_frames;      /* 2E frames spent in the present mode */
    struct actor actors[ACTOR_COUNT]; /* 30 */
    u16 keys_held;        /* 50 */
    u16 keys_pressed;     /* 52 held now, not held a frame ago */
    u8 interact_wanted;   /* 54 A was pressed during a step: act when it ends */
    u8 bramble_frames;    /* 55 frames stood in the present bramble */
    u8 fade;              /* 56 0 bright .. 16 black */
    u8 next_mode;         /* 57 what a transition leads to */
    u8 next_area;         /* 58 */
    u8 next_x;            /* 59 */
    u8 next_y;            /* 5A */
    u8 next_facing;       /* 5B */
    u8 unused[0xA4];      /* 5C */
    u8 map_tiles[MAP_STRIDE * MAP_STRIDE]; /* 100 enum kind, row-major */
};

#define AT(field, offset)                                                                          \
    _Static_assert(__builtin_offsetof(struct game_ram, field) == (offset), #field " moved")
AT(frame, 0x08);
AT(rng, 0x0C);
AT(player_x, 0x10);
AT(player_y, 0x11);
AT(player_facing, 0x12);
AT(player_moving, 0x13);
AT(hp, 0x14);
AT(max_hp, 0x15);
AT(invulnerable, 0x17);
AT(mode, 0x18);
AT(area, 0x19);
AT(quest_stage, 0x1A);
AT(has_ember, 0x1B);
AT(areas_visited, 0x1C);
AT(dialogue_id, 0x1D);
AT(dialogue_page, 0x1E);
AT(steps, 0x20);
AT(player_pixel_x, 0x24);
AT(camera_x, 0x28);
AT(map_width, 0x2C);
AT(map_height, 0x2D);
AT(actors, 0x30);
AT(map_tiles, 0x100);
#undef AT
_Static_assert(sizeof(struct actor) == 8, "actor size");
_Static_assert(sizeof(struct game_ram) == 0x500, "game_ram size");

/* Defined in main.c; the linker script places it at 0x02000000. */
extern struct game_ram game;

#endif
