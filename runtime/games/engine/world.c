#include "world.h"

#include "battle.h"
#include "menu.h"
#include "people.h"
#include "places.h"
#include "glyphs.h"
#include "progress.h"
#include "script.h"
#include "walk.h"

enum {
    STEP_FRAMES = 8,   /* 16 pixels at 2 a frame */
    BRAMBLE_PERIOD = 30,
    WANT_NOTHING = 0,
    WANT_ACTION = 1,
    WANT_MENU = 2
};

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

static int is_ledge(u8 kind)
{
    return kind >= KIND_LEDGE_DOWN && kind <= KIND_LEDGE_RIGHT;
}

/* Whether a ledge at x, y is hopped over in this direction, and there is room to land. */
static int can_hop(u8 x, u8 y, u8 facing)
{
    static const u8 ways_down[3] = {FACING_DOWN, FACING_LEFT, FACING_RIGHT};
    u8 land_x = x + step_x[facing];
    u8 land_y = y + step_y[facing];
    u8 ahead = tile_at(land_x, land_y);
    return ways_down[tile_at(x, y) - KIND_LEDGE_DOWN] == facing && !is_solid(ahead) && !is_ledge(ahead) &&
           !actor_at(land_x, land_y);
}

static void interact(void)
{
    u8 x = game.player_x + step_x[game.player_facing];
    u8 y = game.player_y + step_y[game.player_facing];
    if (tile_at(x, y) == KIND_COUNTER) {
        x += step_x[game.player_facing];
        y += step_y[game.player_facing];
    }
    struct actor *actor = actor_at(x, y);
    if (actor) {
        const struct person *person = person_of(actor);
        if (person->enemy)
            return;
        actor->facing = game.player_facing ^ 1; /* opposite directions differ in the low bit */
        script_run(person->script);
        return;
    }
    const struct thing *thing = find_thing(game.area, x, y);
    if (thing) {
        game.script_thing = thing - things;
        script_run(thing->script);
    }
}

static void meet(const struct actor *monster)
{
    if (game.invulnerable)
        return;
    game.battle_person = monster->id;
    begin_battle(person_of(monster)->enemy);
}

static void leave_by(const struct way *way)
{
    begin_transition(MODE_WORLD, way->to_area, way->to_x, way->to_y, way->to_facing);
}

/* A battle may come out of tall grass, or anywhere where the ground itself is dangerous. */
static void look_out(u8 kind)
{
    const struct area *place = &areas[game.area];
    int dangerous = kind == KIND_TALL_GRASS || (kind == KIND_GROUND && place->ground == GROUND_FLOOR);
    if (!dangerous || !place->enemies[0])
        return;
    if (game.battle_peace) {
        game.battle_peace--;
        return;
    }
    if (random_below(256) >= place->peril)
        return;
    u8 count = 0;
    while (count < sizeof place->enemies && place->enemies[count])
        count++;
    begin_battle(place->enemies[random_below(count)]);
}

static void arrive(void)
{
    u8 kind = tile_at(game.player_x, game.player_y);
    game.step_frame = 0;
    game.steps++;
    if (is_ledge(kind)) {
        game.hop = 2;
        game.player_x += step_x[game.player_facing];
        game.player_y += step_y[game.player_facing];
        return;
    }
    game.hop = 0;
    game.player_moving = 0;
    const struct way *way = find_way(game.area, game.player_x, game.player_y, STEP_ON);
    if (way) {
        leave_by(way);
        return;
    }
    game.bramble_frames = 0;
    if (kind == KIND_BRAMBLE)
        lose_hp(1);
    look_out(kind);
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
    u8 kind = tile_at(x, y);
    struct actor *actor = actor_at(x, y);
    if (actor && person_of(actor)->enemy)
        meet(actor);
    if (actor || is_solid(kind) || (is_ledge(kind) && !can_hop(x, y, facing)))
        return;
    game.hop = is_ledge(kind);
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
        game.interact_wanted = WANT_ACTION;
    if (game.keys_pressed & KEY_START)
        game.interact_wanted = WANT_MENU;
    if (game.player_moving) {
        if (++game.step_frame == STEP_FRAMES)
            arrive();
        return;
    }
    u8 wanted = game.interact_wanted;
    game.interact_wanted = WANT_NOTHING;
    if (wanted == WANT_MENU)
        open_menu();
    else if (wanted == WANT_ACTION)
        interact();
    else
        step_by_keys();
    if (game.mode == MODE_WORLD && !game.player_moving &&
        tile_at(game.player_x, game.player_y) == KIND_BRAMBLE && ++game.bramble_frames == BRAMBLE_PERIOD) {
        game.bramble_frames = 0;
        lose_hp(1);
    }
}

void world_step(void)
{
    if (game.invulnerable)
        game.invulnerable--;
    step_player();
    if (game.mode == MODE_WORLD) {
        const struct actor *attacker = step_people();
        if (attacker && !game.player_moving)
            meet(attacker);
    }
    if (game.hp == 0) {
        enter_mode(MODE_GAME_OVER);
        game.player_moving = 0;
        game.step_frame = 0;
    }
}
