/* Where Saltmere keeps what: game.toml names these addresses. Change one, change both. */
#ifndef RAM_LAYOUT_H
#define RAM_LAYOUT_H

#define RAM_MAGIC 0x544C4153u /* "SALT" */
#define ACTOR_SLOTS 24

struct game_ram {
    u8 map_tiles[MAP_STRIDE * MAP_STRIDE]; /* 000 enum kind, row-major */
    u8 dialogue_speaker[SPEAKER_BYTES]; /* 400 ASCII, NUL-padded */
    u8 dialogue_text[TEXT_BYTES];  /* 410 ASCII of the page or message shown, NUL-padded */
    u8 items[ITEM_SLOTS];          /* 450 how many of each item */
    u8 flags[FLAG_BYTES];          /* 460 bit per enum flag */
    struct actor actors[ACTOR_SLOTS]; /* 470 */
    u32 magic;                     /* 530 */
    u32 areas_seen;                /* 534 bit n: area n has been entered */
    u32 steps;                     /* 538 cells walked in this game */
    u32 rng;                       /* 53C xorshift32 state */
    u32 frame;                     /* 540 logic steps since boot */
    u16 version;                   /* 544 */
    u16 size;                      /* 546 bytes in this structure */
    u16 gold;                      /* 548 */
    u16 xp;                        /* 54A */
    u16 camera_y;                  /* 54C pixel of the area at the screen's top edge */
    u16 camera_x;                  /* 54E */
    u16 player_pixel_y;            /* 550 top edge of the player's cell, sliding with it */
    u16 player_pixel_x;            /* 552 */
    u16 mode_frames;               /* 554 frames spent in the present mode */
    u16 keys_pressed;              /* 556 held now, not held a frame ago */
    u16 keys_held;                 /* 558 */
    u8 map_height;                 /* 55A cells */
    u8 map_width;                  /* 55B */
    u8 scene;                      /* 55C enum scene, set at the end of every step */
    u8 context;                    /* 55D enum context, likewise */
    u8 mode;                       /* 55E */
    u8 area;                       /* 55F */
    u8 objective;                  /* 560 the main story's present step */
    u8 quest_stage;                /* 561 */
    u8 side_taken;                 /* 562 bit n: side quest n has been asked for */
    u8 side_done;                  /* 563 bit n: side quest n is done */
    u8 kills;                      /* 564 battles won */
    u8 level;                      /* 565 */
    u8 max_hp;                     /* 566 */
    u8 hp;                         /* 567 */
    u8 player_facing;              /* 568 */
    u8 player_y;                   /* 569 cells; while walking, the cell being entered */
    u8 player_x;                   /* 56A */
    u8 player_moving;              /* 56B 1 while between two cells */
    u8 step_frame;                 /* 56C 0..7, frames spent on the present step */
    u8 hop;                        /* 56D 0, or 1 and 2 in the two cells of a hop over a ledge */
    u8 invulnerable;               /* 56E frames left during which no monster on the map attacks */
    u8 has_ember;                  /* 56F 1 while the great lens is carried */
    u8 areas_visited;              /* 570 bit n: area n has been entered; areas 1 to 7 */
    u8 battle_turn;                /* 571 enum battle_turn */
    u8 battle_enemy_max_hp;        /* 572 */
    u8 battle_enemy_hp;            /* 573 */
    u8 battle_enemy;               /* 574 enum enemy, 0 out of battle */
    u8 battle_phase;               /* 575 enum battle_phase */
    u8 battle_result;              /* 576 enum battle_result, of the last one */
    u8 battle_wait;                /* 577 frames the present message has stood complete */
    u8 battle_flash;               /* 578 frames left of the blow's flash */
    u8 battle_person;              /* 579 actor id of the monster on the map that is fought, 0 for none */
    u8 battle_step;                /* 57A which message of the phase is shown */
    u8 battle_peace;               /* 57B steps before the next battle may come */
    u8 menu_rows;                  /* 57C */
    u8 menu_cursor;                /* 57D */
    u8 menu_kind;                  /* 57E enum menu_kind */
    u8 dialogue_page;              /* 57F */
    u8 dialogue_id;                /* 580 0 when nobody speaks */
    u8 dialogue_shown;             /* 581 characters of the page typed so far */
    u8 interact_wanted;            /* 582 A was pressed during a step: act when it ends */
    u8 bramble_frames;             /* 583 frames stood in the present hazard */
    u8 fade;                       /* 584 0 bright .. 16 black */
    u8 next_mode;                  /* 585 what a transition leads to */
    u8 next_area;                  /* 586 */
    u8 next_x;                     /* 587 */
    u8 next_y;                     /* 588 */
    u8 next_facing;                /* 589 */
    u8 switched;                   /* 58A 1 in the second half of a transition: what it leads to is on screen */
    u8 script_id;                  /* 58B the script that runs, 0 for none */
    u8 script_at;                  /* 58C its next command */
    u8 script_thing;               /* 58D the thing that was acted on last */
    u8 shop_id;                    /* 58E */
    u8 cutscene_then;              /* 58F enum cutscene_then: what follows the narrated text */
    u8 scene_behind;               /* 590 the area on screen behind menus and fades */
    u8 unused[3];                  /* 591 */
    struct save save;              /* 594 */
};

/* Whoever is number i, of ACTOR_SLOTS. */
#define ACTOR(i) (&game.actors[i])

#define AT(field, offset)                                                                          \
    _Static_assert(__builtin_offsetof(struct game_ram, field) == (offset), #field " moved")
AT(map_tiles, 0x000);
AT(dialogue_speaker, 0x400);
AT(dialogue_text, 0x410);
AT(items, 0x450);
AT(actors, 0x470);
AT(areas_seen, 0x534);
AT(steps, 0x538);
AT(rng, 0x53C);
AT(frame, 0x540);
AT(gold, 0x548);
AT(xp, 0x54A);
AT(camera_y, 0x54C);
AT(camera_x, 0x54E);
AT(player_pixel_y, 0x550);
AT(player_pixel_x, 0x552);
AT(map_height, 0x55A);
AT(map_width, 0x55B);
AT(scene, 0x55C);
AT(context, 0x55D);
AT(mode, 0x55E);
AT(area, 0x55F);
AT(objective, 0x560);
AT(quest_stage, 0x561);
AT(side_taken, 0x562);
AT(side_done, 0x563);
AT(kills, 0x564);
AT(level, 0x565);
AT(max_hp, 0x566);
AT(hp, 0x567);
AT(player_facing, 0x568);
AT(player_y, 0x569);
AT(player_x, 0x56A);
AT(player_moving, 0x56B);
AT(invulnerable, 0x56E);
AT(has_ember, 0x56F);
AT(areas_visited, 0x570);
AT(battle_turn, 0x571);
AT(battle_enemy_max_hp, 0x572);
AT(battle_enemy_hp, 0x573);
AT(battle_enemy, 0x574);
AT(battle_phase, 0x575);
AT(battle_result, 0x576);
AT(menu_rows, 0x57C);
AT(menu_cursor, 0x57D);
AT(menu_kind, 0x57E);
AT(dialogue_page, 0x57F);
AT(dialogue_id, 0x580);
#undef AT

#endif
