#include "progress.h"

#include "people.h"
#include "places.h"

enum { FIRST_HP = 10, HP_PER_LEVEL = 4, FIRST_ATTACK = 3 };

/* Experience at which each level is reached, from level 1. */
static const u16 levels[MOST_LEVELS + 1] = {0, 0, 8, 20, 40, 70, 110, 160, 220, 300, 400, 520, 660};

int flag_is_set(u8 flag)
{
    return game.flags[flag >> 3] >> (flag & 7) & 1;
}

void set_flag(u8 flag)
{
    game.flags[flag >> 3] |= 1 << (flag & 7);
    refresh_things(flag);
    refresh_people();
}

void change_item(u8 item, int by)
{
    int count = game.items[item] + by;
    if (count < 0)
        count = 0;
    if (count > items[item].most)
        count = items[item].most;
    game.items[item] = count;
    if (item == cartridge.story_item)
        game.has_ember = count > 0;
}

u8 carried_item(u8 row, int usable)
{
    for (u8 item = 1; item < ITEM_COUNT; item++) {
        if (!game.items[item] || (usable && items[item].use != USE_HEAL))
            continue;
        if (row-- == 0)
            return item;
    }
    return ITEM_NONE;
}

u8 carried_rows(int usable)
{
    u8 rows = 0;
    while (carried_item(rows, usable) != ITEM_NONE)
        rows++;
    return rows;
}

void heal(u8 by)
{
    game.hp = game.hp + by > game.max_hp ? game.max_hp : game.hp + by;
}

void lose_hp(u8 by)
{
    game.hp = game.hp > by ? game.hp - by : 0;
}

void change_gold(int by)
{
    int gold = game.gold + by;
    game.gold = gold < 0 ? 0 : gold > MOST_GOLD ? MOST_GOLD : gold;
}

u8 gain_xp(u16 by)
{
    u8 gained = 0;
    game.xp += by;
    while (game.level < MOST_LEVELS && game.xp >= levels[game.level + 1]) {
        game.level++;
        gained++;
        game.max_hp += HP_PER_LEVEL;
        heal(HP_PER_LEVEL);
    }
    return gained;
}

static u8 gear(u8 use)
{
    u8 sum = 0;
    for (u8 item = 1; item < ITEM_COUNT; item++)
        if (items[item].use == use && game.items[item])
            sum += items[item].power;
    return sum;
}

u8 player_attack(void)
{
    return FIRST_ATTACK + game.level + gear(USE_ATTACK);
}

u8 player_defence(void)
{
    return game.level / 2 + gear(USE_DEFENCE);
}

u32 next_random(void)
{
    u32 x = game.rng;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    game.rng = x;
    return x;
}

u32 random_below(u32 below)
{
    return (next_random() >> 16) * below >> 16; /* xorshift's low bits are its weakest */
}

void new_game(void)
{
    game.player_x = 0;
    game.player_y = 0;
    game.player_facing = FACING_DOWN;
    game.player_moving = 0;
    game.step_frame = 0;
    game.hop = 0;
    game.hp = FIRST_HP;
    game.max_hp = FIRST_HP;
    game.level = 1;
    game.xp = 0;
    game.gold = cartridge.start_gold;
    game.kills = 0;
    game.invulnerable = 0;
    game.area = AREA_NONE;
    game.quest_stage = 0;
    game.side_done = 0;
    game.side_taken = 0;
    game.has_ember = 0;
    game.areas_visited = 0;
    game.areas_seen = 0;
    game.map_width = 0;
    game.map_height = 0;
    game.steps = 0;
    game.interact_wanted = 0;
    game.bramble_frames = 0;
    game.script_id = SCRIPT_NONE;
    game.battle_phase = BATTLE_NONE;
    game.battle_enemy = ENEMY_NONE;
    game.battle_peace = 0;
    for (int i = 0; i < ITEM_SLOTS; i++)
        game.items[i] = 0;
    for (int i = 0; i < FLAG_BYTES; i++)
        game.flags[i] = 0;
    if (cartridge.start_item)
        change_item(cartridge.start_item, cartridge.start_count);
    place_people();
}

int has_saved_game(void)
{
    return game.save.valid == SAVE_MAGIC;
}

void save_game(void)
{
#define KEEP(type, name) game.save.name = game.name;
    SAVED_FIELDS(KEEP)
#undef KEEP
    for (int i = 0; i < ITEM_SLOTS; i++)
        game.save.items[i] = game.items[i];
    for (int i = 0; i < FLAG_BYTES; i++)
        game.save.flags[i] = game.flags[i];
    game.save.valid = SAVE_MAGIC;
}

void load_game(void)
{
#define FETCH(type, name) game.name = game.save.name;
    SAVED_FIELDS(FETCH)
#undef FETCH
    for (int i = 0; i < ITEM_SLOTS; i++)
        game.items[i] = game.save.items[i];
    for (int i = 0; i < FLAG_BYTES; i++)
        game.flags[i] = game.save.flags[i];
    game.areas_visited = game.areas_seen;
    place_people();
}
