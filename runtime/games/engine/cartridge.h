/*
 * What a cartridge gives the engine: its numbers, then its tables.
 *
 * numbers.h (in the cartridge's folder) declares the enums; each ends with its count:
 *   area_id      AREA_NONE = 0, the places, then the picture behind title and endings, AREA_COUNT
 *   person_id    PERSON_COUNT, at most ACTOR_SLOTS
 *   item_id      ITEM_NONE = 0, ITEM_COUNT, at most ITEM_SLOTS
 *   enemy_id     ENEMY_NONE = 0, ENEMY_COUNT
 *   flag_id      FLAG_NONE = 0 (never set), FLAG_COUNT, at most FLAG_BYTES * 8
 *   say_id       SAY_NOTHING = 0, SAY_COUNT, at most 256
 *   script_id    SCRIPT_NONE = 0, SCRIPT_COUNT
 *   shop_id      SHOP_NONE = 0, SHOP_COUNT
 *   stage        the main story's steps from 0; the last one is "done"
 */
#ifndef CARTRIDGE_H
#define CARTRIDGE_H

#include "numbers.h"
#include "ram.h"

enum ground { GROUND_GRASS, GROUND_FLOOR, GROUND_PLANKS, GROUND_WILD /* the cartridge's second open country */ };

/* A map. `rows` are drawn with the characters of glyphs.c. */
struct area {
    const char *name; /* at most 10 characters, on the status line */
    const char *const *rows;
    u8 width, height; /* at least 15 x 10, at most 32 x 32 */
    u8 ground;        /* enum ground */
    u8 scene;         /* enum scene of its look: town, route, forest, cave, house, store */
    u8 light[3];      /* red, green, blue in sixteenths, until the story is done */
    u8 peril;         /* chance of a battle per step, in 256ths: in tall grass, or anywhere on a cave floor */
    u8 enemies[4];    /* who is met; ENEMY_NONE ends the list */
    u8 backdrop;      /* enum BACKDROP: behind its battles */
    u8 second_look;   /* 1: houses and cave floors of the cartridge's second kind */
};

#define STEP_ON 0xFF /* a way taken by stepping on its cell rather than by walking off the edge */

/* A way from a cell to a cell. */
struct way {
    u8 area, x, y;
    u8 facing; /* the direction that leaves, or STEP_ON */
    u8 to_area, to_x, to_y, to_facing;
};

/* A cell that can be acted on with A, and may look otherwise once its flag is set. */
struct thing {
    u8 area, x, y;
    u8 script;
    u8 flag;    /* FLAG_NONE: it never changes */
    char after; /* the map character it then is */
};

/* Somebody on the map: stands still (wait 0), or wanders in a rectangle. A monster fights on contact. */
struct person {
    u8 area, x, y, facing;
    u8 left, top, right, bottom;
    u8 wait;      /* frames between decisions */
    u8 sprite;    /* first of its poses in enum SPRITE */
    u8 script;    /* run on A */
    u8 gone_flag; /* once set they are nowhere */
    u8 here_flag; /* FLAG_NONE, or they come only once it is set */
    u8 enemy;     /* ENEMY_NONE for people */
    u8 two_poses; /* its sprites are two that alternate, not the six of a person */
};

/* Pages parted by \f, two lines of 27 characters parted by \n; speaker "" for a narrator. */
struct say {
    const char *speaker; /* at most 15 characters */
    const char *text;
};

enum item_use { USE_NONE, USE_HEAL, USE_REST, USE_ATTACK, USE_DEFENCE };
struct item {
    const char *name; /* at most 12 characters */
    u8 use;           /* HEAL: drunk from the menu or in battle; REST: done when bought; ATTACK, DEFENCE: count while owned */
    u8 power;         /* hp, or points */
    u8 price;
    u8 most;          /* how many one may carry */
    u8 icon;          /* enum UI */
};

struct enemy {
    const char *name; /* at most 12 characters */
    u8 hp, attack, defence;
    u8 xp, gold;
    u8 picture;       /* enum MONSTER */
    u8 no_escape;
};

struct shop {
    const char *name;
    u8 goods[6]; /* ITEM_NONE ends the list */
};

/* A script is blocks: conditions, then commands, then END. The first block whose conditions all hold runs. */
struct command {
    u8 op, a;
    u16 b;
};
enum op {
    OP_FINISH, /* no block held */
    OP_END,
    OP_IF_STAGE,
    OP_IF_STAGE_FROM,
    OP_IF_FLAG,
    OP_IF_NOT,
    OP_IF_TAKEN,
    OP_IF_HAS,
    OP_IF_SEEN,
    OP_IF_KILLS,
    OP_SAY,
    OP_STAGE,
    OP_SET,
    OP_SET_HERE,
    OP_GIVE,
    OP_TAKE,
    OP_GOLD,
    OP_XP,
    OP_HEAL,
    OP_SIDE_TAKEN,
    OP_SIDE_DONE,
    OP_BATTLE,
    OP_SHOP,
    OP_CUTSCENE,
    OP_ENDING
};
#define FIRST_ACTION OP_SAY
/* Conditions. */
#define IF_STAGE(n) {OP_IF_STAGE, n, 0}           /* the story stands exactly there */
#define IF_STAGE_FROM(n) {OP_IF_STAGE_FROM, n, 0} /* there or further */
#define IF_FLAG(f) {OP_IF_FLAG, f, 0}
#define IF_NOT(f) {OP_IF_NOT, f, 0}
#define IF_TAKEN {OP_IF_TAKEN, 0, 0}    /* the flag of the thing acted on is set */
#define IF_HAS(item, n) {OP_IF_HAS, item, n}
#define IF_SEEN(n) {OP_IF_SEEN, n, 0}   /* at least so many areas entered */
#define IF_KILLS(n) {OP_IF_KILLS, n, 0} /* at least so many battles won */
/* Commands. Those that show something wait until it has been read, fought or left. */
#define SAY(id) {OP_SAY, id, 0}
#define STAGE(n) {OP_STAGE, n, 0}
#define SET(f) {OP_SET, f, 0} /* and redraw what it changes */
#define SET_HERE {OP_SET_HERE, 0, 0} /* the flag of the thing acted on */
#define GIVE(item, n) {OP_GIVE, item, n}
#define TAKE(item, n) {OP_TAKE, item, n}
#define GOLD(n) {OP_GOLD, 0, n}
#define XP(n) {OP_XP, 0, n}
#define HEAL {OP_HEAL, 0, 0}
#define SIDE_TAKEN(n) {OP_SIDE_TAKEN, n, 0}
#define SIDE_DONE(n) {OP_SIDE_DONE, n, 0}
#define BATTLE(enemy) {OP_BATTLE, enemy, 0} /* the rest of the block runs only if it was won */
#define SHOP(id) {OP_SHOP, id, 0}
#define CUTSCENE(id) {OP_CUTSCENE, id, 0} /* narrated text, context "cutscene" */
#define ENDING(id) {OP_ENDING, id, 0}     /* the closing cutscene, then the last screen */
#define END {OP_END, 0, 0}
#define FINISH {OP_FINISH, 0, 0} /* closes every script */

/* What there is only one of. */
struct cartridge {
    u8 start_area, start_x, start_y, start_facing;
    u8 start_gold;
    u8 start_item, start_count;
    u8 scene_area;    /* the picture behind title, intro and ending */
    u8 intro;         /* SAY of the opening cutscene */
    u8 last_stage;    /* the story is done: full light everywhere */
    u8 story_item;    /* item mirrored in has_ember and shown on the status line */
    u32 seed;
    const char *ending_line;    /* at most 28 characters */
    const char *game_over_line;
};

extern const struct cartridge cartridge;
extern const struct area areas[AREA_COUNT];
extern const struct way ways[];
extern const u16 way_count;
extern const struct thing things[];
extern const u16 thing_count;
extern const struct person people[PERSON_COUNT];
extern const struct say says[SAY_COUNT];
extern const struct item items[ITEM_COUNT];
extern const struct enemy enemies[ENEMY_COUNT];
extern const struct shop shops[SHOP_COUNT];
extern const struct command *const scripts[SCRIPT_COUNT];
extern const char *const objectives[]; /* by stage, at most 26 characters, shown in the menu */

#endif
