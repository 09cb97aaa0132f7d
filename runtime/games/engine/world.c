#include "world.h"

#include "areas.h"
#include "dialogue.h"

enum {
    STEP_FRAMES = 8,        /* 16 pixels at 2 a frame */
    FULL_HP = 10,
    BRAMBLE_PERIOD = 30,
    SLIME_HARM = 2,
    INVULNERABLE_FRAMES = 60,
    VILLAGER_WAIT = 40,
    SLIME_WAIT = 22,
    SLIDE_PIXELS = 16
};

static const s8 step_x[4] = {0, 0, -1, 1};
static const s8 step_y[4] = {1, -1, 0, 0};

struct home {
    u8 area, x, y, facing;
    u8 left, top, right, bottom; /* where a wanderer stays */
    u8 wait;                     /* frames between decisions, 0 for who stands still */
};

static const struct home homes[ACTOR_COUNT] = {
    [ACTOR_ELDER] = {AREA_VILLAGE, 10, 6, FACING_DOWN, 0, 0, 0, 0, 0},
    [ACTOR_VILLAGER] = {AREA_VILLAGE, 11, 13, FACING_DOWN, 9, 11, 14, 15, VILLAGER_WAIT},
    [ACTOR_WEAVER] = {AREA_HOUSE, 9, 4, FACING_DOWN, 0, 0, 0, 0, 0},
    [ACTOR_SLIME] = {AREA_FOREST, 24, 7, FACING_DOWN, 22, 6, 27, 11, SLIME_WAIT},
};

static u32 next_random(void)
{
    u32 x = game.rng;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    game.rng = x;
    return x;
}

void enter_mode(u8 mode)
{
    game.mode = mode;
    game.mode_frames = 0;
}

void begin_transition(u8 mode, u8 area, u8 x, u8 y, u8 facing)
{
    game.next_mode = mode;
    game.next_area = area;
    game.next_x = x;
    game.next_y = y;
    game.next_facing = facing;
    enter_mode(MODE_TRANSITION);
}

void new_game(void)
{
    game.player_x = 0;
    game.player_y = 0;
    game.player_facing = FACING_DOWN;
    game.player_moving = 0;
    game.step_frame = 0;
    game.hp = FULL_HP;
    game.max_hp = FULL_HP;
    game.invulnerable = 0;
    game.area = AREA_NONE;
    game.quest_stage = QUEST_START;
    game.has_ember = 0;
    game.areas_visited = 0;
    game.map_width = 0;
    game.map_height = 0;
    game.dialogue_id = SAY_NOTHING;
    game.dialogue_page = 0;
    game.dialogue_shown = 0;
    game.steps = 0;
    game.interact_wanted = 0;
    game.bramble_frames = 0;
    for (int i = 0; i < ACTOR_COUNT; i++) {
        const struct home *home = &homes[i];
        struct actor *actor = &game.actors[i];
        actor->id = i + 1;
        actor->area = home->area;
        actor->x = home->x;
        actor->y = home->y;
        actor->facing = home->facing;
        actor->slide = 0;
        actor->wait = home->wait;
    }
}

static u8 tile_at(u8 x, u8 y)
{
    if (x >= game.map_width || y >= game.map_height)
        return KIND_WALL;
    return game.map_tiles[y * MAP_STRIDE + x];
}

static int is_solid(u8 kind)
{
    return kind == KIND_WALL || kind == KIND_WATER || kind >= KIND_ITEM;
}

static struct actor *actor_at(u8 x, u8 y)
{
    for (int i = 0; i < ACTOR_COUNT; i++) {
        struct actor *actor = &game.actors[i];
        if (actor->area == game.area && actor->x == x && actor->y == y)
            return actor;
    }
    return 0;
}

static void lose_hp(u8 amount)
{
    game.hp = game.hp > amount ? game.hp - amount : 0;
}

static void touch_slime(void)
{
    if (game.invulnerable)
        return;
    lose_hp(SLIME_HARM);
    game.invulnerable = INVULNERABLE_FRAMES;
}

static void say(u8 id)
{
    game.dialogue_id = id;
    game.dialogue_page = 0;
    game.dialogue_shown = 0;
    enter_mode(MODE_DIALOGUE);
}

static u8 words_of(u8 actor)
{
    static const u8 elder[] = {SAY_ELDER_ASKS, SAY_ELDER_WAITS, SAY_ELDER_THANKS, SAY_ELDER_SENDS,
                               SAY_ELDER_SENDS};
    static const u8 villager[] = {SAY_VILLAGER_START, SAY_VILLAGER_FETCH, SAY_VILLAGER_CARRY,
                                  SAY_VILLAGER_LIGHT, SAY_VILLAGER_LIGHT};
    if (actor == ACTOR_ELDER)
        return elder[game.quest_stage];
    if (actor == ACTOR_VILLAGER)
        return villager[game.quest_stage];
    return game.quest_stage == QUEST_START ? SAY_WEAVER_START : SAY_WEAVER_LATER;
}

static void touch_cell(u8 x, u8 y)
{
    switch (tile_at(x, y)) {
    case KIND_SIGN:
        say(game.area == AREA_VILLAGE ? SAY_VILLAGE_SIGN : SAY_FOREST_SIGN);
        break;
    case KIND_SPRING:
        game.hp = game.max_hp;
        say(SAY_SPRING);
        break;
    case KIND_SHRINE:
        if (game.quest_stage == QUEST_LIGHT_SHRINE)
            game.quest_stage = QUEST_DONE;
        say(game.quest_stage == QUEST_DONE ? SAY_SHRINE_LIT : SAY_SHRINE_COLD);
        break;
    case KIND_ITEM:
        if (game.quest_stage != QUEST_FETCH_EMBER) {
            say(SAY_EMBER_NOT_YET);
            break;
        }
        game.quest_stage = QUEST_CARRY_EMBER;
        game.has_ember = 1;
        game.map_tiles[y * MAP_STRIDE + x] = KIND_GROUND;
        say(SAY_EMBER_TAKEN);
        break;
    default:
        break;
    }
}

static void interact(void)
{
    u8 x = game.player_x + step_x[game.player_facing];
    u8 y = game.player_y + step_y[game.player_facing];
    struct actor *actor = actor_at(x, y);
    if (!actor) {
        touch_cell(x, y);
    } else if (actor->id != ACTOR_SLIME + 1) {
        actor->facing = game.player_facing ^ 1; /* opposite directions differ in the low bit */
        say(words_of(actor->id - 1));
    }
}

static void leave_by(const struct way *way)
{
    begin_transition(MODE_WORLD, way->to_area, way->to_x, way->to_y, way->to_facing);
}

static void arrive(void)
{
    game.player_moving = 0;
    game.step_frame = 0;
    game.steps++;
    const struct way *way = find_way(game.area, game.player_x, game.player_y, STEP_ON);
    if (way) {
        leave_by(way);
        return;
    }
    game.bramble_frames = 0;
    if (tile_at(game.player_x, game.player_y) == KIND_BRAMBLE)
        lose_hp(1);
}

static void try_step(u8 facing)
{
    game.player_facing = facing;
    const struct way *way = find_way(game.area, game.player_x, game.player_y, facing);
    if (way) {
        leave_by(way);
        return;
    }
    u8 x = game.player_x + step_x[facing];
    u8 y = game.player_y + step_y[facing];
    struct actor *actor = actor_at(x, y);
    if (actor && actor->id == ACTOR_SLIME + 1)
        touch_slime();
    if (actor || is_solid(tile_at(x, y)))
        return;
    game.player_x = x;
    game.player_y = y;
    game.player_moving = 1;
    game.step_frame = 1;
}

static void step_by_keys(void)
{
    if (game.keys_held & KEY_UP)
        try_step(FACING_UP);
    else if (game.keys_held & KEY_DOWN)
        try_step(FACING_DOWN);
    else if (game.keys_held & KEY_LEFT)
        try_step(FACING_LEFT);
    else if (game.keys_held & KEY_RIGHT)
        try_step(FACING_RIGHT);
}

static void step_player(void)
{
    if (game.keys_pressed & KEY_A)
        game.interact_wanted = 1;
    if (game.player_moving) {
        if (++game.step_frame == STEP_FRAMES)
            arrive();
        return;
    }
    if (game.interact_wanted) {
        game.interact_wanted = 0;
        interact();
    } else {
        step_by_keys();
    }
    if (!game.player_moving && tile_at(game.player_x, game.player_y) == KIND_BRAMBLE &&
        ++game.bramble_frames == BRAMBLE_PERIOD) {
        game.bramble_frames = 0;
        lose_hp(1);
    }
}

static void wander(struct actor *actor, const struct home *home)
{
    u32 roll = next_random() >> 8; /* xorshift's low bits are its weakest */
    actor->wait = home->wait;
    u8 facing = roll & 3;
    if (roll & 4)
        return;
    u8 x = actor->x + step_x[facing];
    u8 y = actor->y + step_y[facing];
    actor->facing = facing;
    if (x == game.player_x && y == game.player_y) {
        if (actor->id == ACTOR_SLIME + 1)
            touch_slime();
        return;
    }
    u8 kind = tile_at(x, y);
    u8 outside = x < home->left || x > home->right || y < home->top || y > home->bottom;
    if (outside || actor_at(x, y) || (kind != KIND_GROUND && kind != KIND_PATH))
        return;
    actor->x = x;
    actor->y = y;
    actor->slide = SLIDE_PIXELS;
}

static void step_actors(void)
{
    for (int i = 0; i < ACTOR_COUNT; i++) {
        struct actor *actor = &game.actors[i];
        const struct home *home = &homes[i];
        if (actor->area != game.area || !home->wait)
            continue;
        if (actor->slide)
            actor->slide--;
        else if (--actor->wait == 0)
            wander(actor, home);
    }
}

void world_step(void)
{
    if (game.invulnerable)
        game.invulnerable--;
    step_player();
    if (game.mode == MODE_WORLD)
        step_actors();
    if (game.hp == 0) {
        enter_mode(MODE_GAME_OVER);
        game.player_moving = 0;
        game.step_frame = 0;
    }
}

static void finish_dialogue(u8 id)
{
    game.dialogue_id = SAY_NOTHING;
    game.dialogue_page = 0;
    game.dialogue_shown = 0;
    enter_mode(MODE_WORLD);
    if (id == SAY_ELDER_ASKS)
        game.quest_stage = QUEST_FETCH_EMBER;
    if (id == SAY_ELDER_THANKS) {
        game.quest_stage = QUEST_LIGHT_SHRINE;
        game.has_ember = 0;
    }
    if (id == SAY_SHRINE_LIT)
        begin_transition(MODE_ENDING, AREA_NONE, game.player_x, game.player_y, game.player_facing);
}

void dialogue_step(void)
{
    const char *text = dialogue_page_text(game.dialogue_id, game.dialogue_page);
    for (int typed = 0; typed < 2; typed++) {
        char c = text[game.dialogue_shown];
        if (c != '\0' && c != '\f')
            game.dialogue_shown++;
    }
    if (!(game.keys_pressed & KEY_A))
        return;
    if (dialogue_page_text(game.dialogue_id, game.dialogue_page + 1)) {
        game.dialogue_page++;
        game.dialogue_shown = 0;
    } else {
        finish_dialogue(game.dialogue_id);
    }
}
