#include "screen.h"

#include "art.h"
#include "cartridge.h"
#include "ground.h"
#include "panels.h"
#include "people.h"
#include "text.h"

enum {
    MAP_BLOCK = 28,     /* four screen blocks: 64x64 tiles */
    TEXT_BLOCK = 27,
    LOGO_BLOCK = 26,
    LOGO_TILE = 128,    /* in 64-byte tiles of character block 0, after the fonts */
    LOGO_TOP = 3,
    TILE_NUMBER = 0x3FF, /* the rest of a map entry flips the tile */
    TILE_SLOTS = 576,   /* 64-byte tiles from character block 1 up to the screen blocks */
    FIRST_FIXED_COLOUR = 208, /* logo and text keep their colours in any light */
    CYCLE_FRAMES = 12,
    CYCLE_COUNT = sizeof art_cycles,
    SPRITE_LIFT = 3,    /* feet stand a little above the cell's lower edge */
    HOP_PIXELS = 8,
    OBJ_MEMORY = 0x8000,
    MONSTER_TILE = (OBJ_MEMORY - ART_MONSTER_BYTES) / 32,
    MONSTER_BANK = 15, /* of sprite colours; sprites use none of the text colours there */
    MONSTER_COLOURS = 16,
    MONSTER_X = 136,
    MONSTER_Y = 8, /* whole above the player's panel */
    FIGHTER_X = 40,
    FIGHTER_Y = 72,
    DRAWN_ACTORS = 24
};
_Static_assert(sizeof art_sprites <= OBJ_MEMORY - ART_MONSTER_BYTES, "sprites fit beside a monster");

static u8 drawn_mode;
static u8 drawn_area;
static u8 drawn_flags[FLAG_BYTES];
static const u8 *light;
static u16 slots[ART_TILE_COUNT]; /* where in video memory each tile is, 0 for nowhere */
static u16 slots_used;

static void copy_bytes(volatile u16 *to, const u8 *from, u32 count)
{
    for (u32 i = 0; i < count; i += 2)
        *to++ = from[i] | from[i + 1] << 8; /* video memory takes no single bytes */
}

static u16 lit(u16 colour)
{
    u32 red = (colour & 31) * light[0] >> 4;
    u32 green = (colour >> 5 & 31) * light[1] >> 4;
    u32 blue = (colour >> 10 & 31) * light[2] >> 4;
    return red | green << 5 | blue << 10;
}

static void load_palette(void)
{
    for (int i = 0; i < 256; i++) {
        u16 colour = i < FIRST_FIXED_COLOUR ? lit(art_palette[i]) : art_palette[i];
        BG_PALETTE[i] = colour;
        OBJ_PALETTE[i] = colour;
    }
}

static void cycle_palette(void)
{
    u32 phase = game.frame / CYCLE_FRAMES;
    for (u32 cycle = 0; cycle < CYCLE_COUNT; cycle++)
        for (u32 i = 0; i < ART_CYCLE_LENGTH; i++) {
            u32 from = art_cycles[cycle] + (i + phase) % ART_CYCLE_LENGTH;
            BG_PALETTE[art_cycles[cycle] + i] = lit(art_palette[from]);
        }
}

void screen_init(void)
{
    text_init();
    copy_bytes(CHAR_BLOCK(0) + LOGO_TILE * 32, art_logo, sizeof art_logo);
    copy_bytes(OBJ_TILES, art_sprites, sizeof art_sprites);
    for (int i = 0; i < 128; i++)
        OAM[i * 4] = 0x0200; /* hidden */
    OAM[3] = 0x80; /* the first affine matrix doubles */
    OAM[7] = 0;
    OAM[11] = 0;
    OAM[15] = 0x80;
    drawn_mode = 0xFF; /* no mode: the first frame draws its text */
    REG_BG0CNT = TEXT_BLOCK << 8 | 0 << 2 | 0;
    REG_BG1CNT = 3 << 14 | MAP_BLOCK << 8 | 1 << 7 | 1 << 2 | 2;
    REG_BG2CNT = LOGO_BLOCK << 8 | 1 << 7 | 0 << 2 | 1;
    REG_BG2HOFS = (LOGO_TILES_WIDE * 8 - SCREEN_WIDTH) / 2;
    REG_BLDCNT = 0x00F6; /* darken everything but the text */
}

/* Return the map entry of a tile, putting it into video memory when it is not there yet. */
static u16 entry_of(u16 tile)
{
    u32 number = tile & TILE_NUMBER;
    if (!slots[number] && slots_used < TILE_SLOTS) {
        slots[number] = slots_used++;
        copy_bytes(CHAR_BLOCK(1) + slots[number] * 32, &art_tiles[number * 64], 64);
    }
    return slots[number] | (tile & ~TILE_NUMBER);
}

static void put_tile(int column, int row, u16 tile)
{
    int block = MAP_BLOCK + (column >> 5) + 2 * (row >> 5);
    SCREEN_BLOCK(block)[(row & 31) * 32 + (column & 31)] = entry_of(tile);
}

static void draw_cell(u8 area, int x, int y)
{
    u16 tiles[4];
    cell_tiles(area, x, y, tiles);
    for (int part = 0; part < 4; part++)
        put_tile(x * 2 + (part & 1), y * 2 + (part >> 1), tiles[part]);
}

static void draw_backdrop(int from, int to)
{
    const u16 *tiles = &art_backdrops[areas[game.area].backdrop * BACKDROP_TILES_WIDE * BACKDROP_TILES_HIGH];
    for (int row = from; row < to && row < BACKDROP_TILES_HIGH; row++)
        for (int column = 0; column < COLUMNS; column++)
            put_tile(column, row, tiles[row * BACKDROP_TILES_WIDE + column % BACKDROP_TILES_WIDE]);
}

static void load_monster(u8 picture)
{
    copy_bytes(OBJ_TILES + MONSTER_TILE * 16, &art_monsters[picture * ART_MONSTER_BYTES], ART_MONSTER_BYTES);
    for (int i = 0; i < MONSTER_COLOURS; i++)
        OBJ_PALETTE[MONSTER_BANK * 16 + i] = art_monster_inks[picture * MONSTER_COLOURS + i];
}

void screen_enter_area(u8 area)
{
    static const u8 full_light[3] = {16, 16, 16};
    light = game.quest_stage == cartridge.last_stage ? full_light : areas[area == BEHIND_BATTLE ? game.area : area].light;
    drawn_area = area;
    for (int i = 0; i < FLAG_BYTES; i++)
        drawn_flags[i] = game.flags[i];
    for (u32 i = 0; i < ART_TILE_COUNT; i++)
        slots[i] = 0;
    slots_used = 1; /* slot 0 means none */
    load_palette();
    if (area == BEHIND_BATTLE)
        load_monster(enemies[game.battle_enemy].picture);
}

void screen_load_part(int part)
{
    int rows = MAP_STRIDE / LOAD_PARTS;
    if (drawn_area == BEHIND_BATTLE) {
        draw_backdrop(part * rows, (part + 1) * rows);
        return;
    }
    const struct area *place = &areas[drawn_area];
    for (int y = part * rows; y < (part + 1) * rows && y < place->height; y++)
        for (int x = 0; x < place->width; x++)
            draw_cell(drawn_area, x, y);
}

static void draw_logo(int shown)
{
    for (int y = 0; y < LOGO_TILES_HIGH; y++)
        for (int x = 0; x < LOGO_TILES_WIDE; x++)
            SCREEN_BLOCK(LOGO_BLOCK)[(LOGO_TOP + y) * 32 + x] =
                shown ? LOGO_TILE + y * LOGO_TILES_WIDE + x : 0;
}

struct drawn_sprite {
    s16 x, y; /* pixels in the area */
    u16 sprite;
    u8 flip;
    u8 lift;
};

static void pose_person(struct drawn_sprite *to, int first, u8 facing, int walking, int odd)
{
    int view = facing >= FACING_LEFT ? 2 : facing;
    to->sprite = first + view * 2 + (walking ? 1 : 0);
    to->flip = view == 2 ? facing == FACING_RIGHT : walking && odd;
}

/* Return how high the player is in a hop over two cells. */
static u8 hop_height(void)
{
    int done = (game.hop == 2 ? 8 : 0) + game.step_frame; /* of 16 frames */
    return game.hop ? HOP_PIXELS * done * (16 - done) / 64 : 0;
}

static void pose_player(struct drawn_sprite *to)
{
    int walking = game.player_moving && game.step_frame <= 5;
    to->x = game.player_pixel_x;
    to->y = game.player_pixel_y;
    to->lift = hop_height();
    pose_person(to, SPRITE_PLAYER_DOWN, game.player_facing, walking, game.steps & 1);
}

static void pose_actor(struct drawn_sprite *to, const struct actor *actor)
{
    static const s8 back_x[4] = {0, 0, 1, -1};
    static const s8 back_y[4] = {-1, 1, 0, 0};
    const struct person *person = person_of(actor);
    to->x = actor->x * 16 + back_x[actor->facing] * actor->slide;
    to->y = actor->y * 16 + back_y[actor->facing] * actor->slide;
    to->lift = 0;
    if (person->two_poses) {
        to->sprite = person->sprite + (game.frame & 16 ? 1 : 0);
        to->flip = 0;
        return;
    }
    pose_person(to, person->sprite, actor->facing, actor->slide > 5, (actor->x ^ actor->y) & 1);
}

static void hide_sprite(int entry)
{
    OAM[entry * 4] = 0x0200;
}

static void put_sprite(int entry, const struct drawn_sprite *from)
{
    int x = from->x - game.camera_x;
    int y = from->y - game.camera_y - SPRITE_LIFT - from->lift;
    if (x <= -16 || x >= SCREEN_WIDTH || y <= -16 || y >= SCREEN_HEIGHT) {
        hide_sprite(entry);
        return;
    }
    OAM[entry * 4] = (y & 0xFF) | 1 << 13;
    OAM[entry * 4 + 1] = (x & 0x1FF) | (from->flip ? 1 << 12 : 0) | 1 << 14;
    OAM[entry * 4 + 2] = from->sprite * 8 | 1 << 10;
}

/* Draw player and people; returns how many sprites that took. */
static int draw_people(void)
{
    struct drawn_sprite sprites[DRAWN_ACTORS];
    int count = 0;
    int blink = game.mode == MODE_WORLD && (game.invulnerable & 4);
    if (!blink)
        pose_player(&sprites[count++]);
    for (int i = 0; i < PERSON_COUNT && count < DRAWN_ACTORS; i++)
        if (ACTOR(i)->area == game.area)
            pose_actor(&sprites[count++], ACTOR(i));
    /* Whoever stands lower on the screen is nearer and goes in front. */
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && sprites[j].y > sprites[j - 1].y; j--) {
            struct drawn_sprite swapped = sprites[j];
            sprites[j] = sprites[j - 1];
            sprites[j - 1] = swapped;
        }
    for (int i = 0; i < count; i++)
        put_sprite(i, &sprites[i]);
    return count;
}

/* Draw who fights: the player from behind, doubled, and the enemy; whoever was struck flickers. */
static int draw_fighters(void)
{
    int count = 0;
    int flicker = game.battle_flash & 2;
    int foe_gone = game.battle_phase == BATTLE_END && game.battle_result == RESULT_WON;
    if (!(flicker && game.battle_turn == TURN_ENEMY)) {
        OAM[count * 4] = FIGHTER_Y | 1 << 13 | 3 << 8; /* affine, double size */
        OAM[count * 4 + 1] = FIGHTER_X | 1 << 14;
        OAM[count * 4 + 2] = SPRITE_PLAYER_UP * 8 | 1 << 10;
        count++;
    }
    if (!foe_gone && !(flicker && game.battle_turn == TURN_PLAYER)) {
        OAM[count * 4] = MONSTER_Y; /* of sixteen colours */
        OAM[count * 4 + 1] = MONSTER_X | 3 << 14;
        OAM[count * 4 + 2] = MONSTER_BANK << 12 | MONSTER_TILE | 1 << 10;
        count++;
    }
    return count;
}

static void draw_sprites(void)
{
    static int drawn;
    int count = 0;
    if (drawn_area == game.area)
        count = draw_people();
    else if (game.battle_enemy && game.mode != MODE_GAME_OVER)
        count = draw_fighters();
    for (int i = count; i < drawn; i++)
        hide_sprite(i);
    drawn = count;
}

/* Flags change how things look. */
static void redraw_changed_things(void)
{
    for (u32 i = 0; i < thing_count; i++) {
        u8 flag = things[i].flag;
        int changed = (drawn_flags[flag >> 3] ^ game.flags[flag >> 3]) >> (flag & 7) & 1;
        if (changed && things[i].area == drawn_area)
            draw_cell(drawn_area, things[i].x, things[i].y);
    }
    for (int i = 0; i < FLAG_BYTES; i++)
        drawn_flags[i] = game.flags[i];
}

static int flags_differ(void)
{
    for (int i = 0; i < FLAG_BYTES; i++)
        if (drawn_flags[i] != game.flags[i])
            return 1;
    return 0;
}

static void draw_texts(void)
{
    if (game.mode != drawn_mode) {
        text_clear();
        draw_logo(game.mode == MODE_TITLE);
        drawn_mode = game.mode;
    }
    draw_panels(drawn_area);
}

void screen_draw(void)
{
    int in_place = drawn_area == game.area && game.area;
    if (in_place && flags_differ())
        redraw_changed_things();
    REG_BG1HOFS = in_place ? game.camera_x : 0;
    REG_BG1VOFS = in_place ? game.camera_y : 0;
    REG_BLDY = game.fade;
    cycle_palette();
    draw_sprites();
    draw_texts();
    /* Mode 0; text, map, logo and sprites on; sprite tiles in one dimension. */
    REG_DISPCNT = 0x1740;
}
