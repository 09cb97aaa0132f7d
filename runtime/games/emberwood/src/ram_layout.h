/* Where Emberwood keeps what: game.toml names these addresses. Change one, change both. */
#ifndef RAM_LAYOUT_H
#define RAM_LAYOUT_H

#define RAM_MAGIC 0x52424D45u /* "EMBR" */
#define FIRST_ACTORS 4
#define MORE_ACTORS 20
#define ACTOR_SLOTS (FIRST_ACTORS + MORE_ACTORS)

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
    u8 invulnerable;      /* 17 frames left during which no monster on the map attacks */
    u8 mode;              /* 18 */
    u8 area;              /* 19 */
    u8 quest_stage;       /* 1A */
    u8 has_ember;         /* 1B */
    u8 areas_visited;     /* 1C bit n: area n has been entered; areas 1 to 7 */
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
    struct actor actors[FIRST_ACTORS]; /* 30 */
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
    u8 context;           /* 5C enum context, set at the end of every step */
    u8 scene;             /* 5D enum scene, likewise */
    u8 level;             /* 5E */
    u8 objective;         /* 5F enum objective: the main story's present step */
    u16 xp;               /* 60 */
    u16 gold;             /* 62 */
    u8 side_done;         /* 64 bit n: side quest n is done */
    u8 side_taken;        /* 65 bit n: side quest n has been asked for */
    u8 kills;             /* 66 battles won */
    u8 menu_kind;         /* 67 enum menu_kind */
    u8 menu_cursor;       /* 68 */
    u8 menu_rows;         /* 69 */
    u8 battle_phase;      /* 6A enum battle_phase */
    u8 battle_enemy;      /* 6B enum enemy, 0 out of battle */
    u8 battle_enemy_hp;   /* 6C */
    u8 battle_enemy_max_hp; /* 6D */
    u8 battle_turn;       /* 6E enum battle_turn */
    u8 battle_result;     /* 6F enum battle_result, of the last one */
    u8 items[ITEM_SLOTS]; /* 70 how many of each item */
    u8 flags[FLAG_BYTES]; /* 80 bit per enum flag */
    u32 areas_seen;       /* 90 bit n: area n has been entered */
    u8 script_id;         /* 94 the script that runs, 0 for none */
    u8 script_at;         /* 95 its next command */
    u8 shop_id;           /* 96 */
    u8 cutscene_then;     /* 97 enum cutscene_then: what follows the narrated text */
    u8 battle_wait;       /* 98 frames the present message has stood complete */
    u8 battle_flash;      /* 99 frames left of the blow's flash */
    u8 battle_person;     /* 9A actor id of the monster on the map that is fought, 0 for none */
    u8 scene_behind;      /* 9B the area on screen behind menus and fades */
    u8 dialogue_speaker[SPEAKER_BYTES]; /* 9C ASCII, NUL-padded */
    u8 hop;               /* AC 0, or 1 and 2 in the two cells of a hop over a ledge */
    u8 battle_step;       /* AD which message of the phase is shown */
    u8 battle_peace;      /* AE steps before the next battle may come */
    u8 switched;          /* AF 1 in the second half of a transition: what it leads to is on screen */
    u8 script_thing;      /* B0 the thing that was acted on last */
    u8 unused[0x4F];      /* B1 */
    u8 map_tiles[MAP_STRIDE * MAP_STRIDE]; /* 100 enum kind, row-major */
    u8 dialogue_text[TEXT_BYTES]; /* 500 ASCII of the page or message shown, NUL-padded */
    struct actor more_actors[MORE_ACTORS]; /* 540 */
    struct save save;     /* 5E0 */
};

/* Whoever is number i, of ACTOR_SLOTS. */
#define ACTOR(i) ((i) < FIRST_ACTORS ? &game.actors[i] : &game.more_actors[(i) - FIRST_ACTORS])

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
AT(context, 0x5C);
AT(scene, 0x5D);
AT(level, 0x5E);
AT(objective, 0x5F);
AT(xp, 0x60);
AT(gold, 0x62);
AT(side_done, 0x64);
AT(side_taken, 0x65);
AT(kills, 0x66);
AT(menu_kind, 0x67);
AT(menu_cursor, 0x68);
AT(menu_rows, 0x69);
AT(battle_phase, 0x6A);
AT(battle_enemy, 0x6B);
AT(battle_enemy_hp, 0x6C);
AT(battle_enemy_max_hp, 0x6D);
AT(battle_turn, 0x6E);
AT(items, 0x70);
AT(areas_seen, 0x90);
AT(dialogue_speaker, 0x9C);
AT(map_tiles, 0x100);
AT(dialogue_text, 0x500);
#undef AT

#endif
