#include "screen.h"

#include "areas.h"
#include "art.h"
#include "ground.h"
#include "ram.h"
#include "text.h"

enum {
    MAP_BLOCK = 28,     /* four screen blocks: 64x64 tiles */
    TEXT_BLOCK = 27,
    LOGO_BLOCK = 26,
    LOGO_TILE = 128,    /* in 64-byte tiles of character block 0, after the fonts */
    LOGO_TOP = 3,
    FIRST_FIXED_COLOUR = 208, /* logo and text keep their colours in any light */
    CYCLE_FRAMES = 12,
    CYCLE_COUNT = sizeof art_cycles,
    SPRITE_LIFT = 3,    /* feet stand a little above the cell's lower edge */
    POSES = 6
};

static u8 drawn_mode;
static u8 drawn_area;
static u8 drawn_stage;
static const u8 *light;

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
    copy_bytes(CHAR_BLOCK(1), art_tiles, sizeof art_tiles);
    copy_bytes(OBJ_TILES, art_sprites, sizeof art_sprites);
    for (int i = 0; i < 128; i++)
        OAM[i * 4] = 0x0200; /* hidden */
    drawn_mode = 0xFF; /* no mode: the first frame draws its text */
    REG_BG0CNT = TEXT_BLOCK << 8 | 0 << 2 | 0;
    REG_BG1CNT = 3 << 14 | MAP_BLOCK << 8 | 1 << 7 | 1 << 2 | 2;
    REG_BG2CNT = LOGO_BLOCK << 8 | 1 << 7 | 0 << 2 | 1;
    REG_BG2HOFS = (LOGO_TILES_WIDE * 8 - SCREEN_WIDTH) / 2;
    REG_BLDCNT = 0x00F6; /* darken everything but the text */
}

static void draw_cell(u8 area, int x, int y)
{
    u16 tiles[4];
    cell_tiles(area, x, y, tiles);
    for (int part = 0; part < 4; part++) {
        int column = x * 2 + (part & 1);
        int row = y * 2 + (part >> 1);
        int block = MAP_BLOCK + (column >> 5) + 2 * (row >> 5);
        SCREEN_BLOCK(block)[(row & 31) * 32 + (column & 31)] = tiles[part];
    }
}

void screen_enter_area(u8 area)
{
    static const u8 full_light[3] = {16, 16, 16};
    light = game.quest_stage == QUEST_DONE ? full_light : areas[area].light;
    drawn_area = area;
    drawn_stage = game.quest_stage;
    load_palette();
}

void screen_load_part(int part)
{
    const struct area *place = &areas[drawn_area];
    int rows = MAP_STRIDE / LOAD_PARTS;
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
    u16 flip;
};

static void pose_person(struct drawn_sprite *to, int first, u8 facing, int walking, int odd)
{
    int view = facing >= FACING_LEFT ? 2 : facing;
    to->sprite = first + view * 2 + (walking ? 1 : 0);
    to->flip = view == 2 ? facing == FACING_RIGHT : walking && odd;
}

static void pose_player(struct drawn_sprite *to)
{
    int walking = game.player_moving && game.step_frame <= 5;
    to->x = game.player_pixel_x;
    to->y = game.player_pixel_y;
    pose_person(to, SPRITE_PLAYER_DOWN, game.player_facing, walking, game.steps & 1);
}

static void pose_actor(struct drawn_sprite *to, const struct actor *actor)
{
    static const s8 back_x[4] = {0, 0, 1, -1};
    static const s8 back_y[4] = {-1, 1, 0, 0};
    to->x = actor->x * 16 + back_x[actor->facing] * actor->slide;
    to->y = actor->y * 16 + back_y[actor->facing] * actor->slide;
    if (actor->id == ACTOR_SLIME + 1) {
        to->sprite = game.frame & 16 ? SPRITE_SLIME_B : SPRITE_SLIME_A;
        to->flip = 0;
        return;
    }
    int person = SPRITE_ELDER_DOWN + (actor->id - 1) * POSES;
    pose_person(to, person, actor->facing, actor->slide > 5, (actor->x ^ actor->y) & 1);
}

static void put_sprite(int entry, const struct drawn_sprite *from)
{
    int x = from->x - game.camera_x;
    int y = from->y - game.camera_y - SPRITE_LIFT;
    if (x <= -16 || x >= SCREEN_WIDTH || y <= -16 || y >= SCREEN_HEIGHT) {
        OAM[entry * 4] = 0x0200;
        return;
    }
    OAM[entry * 4] = (y & 0xFF) | 1 << 13;
    OAM[entry * 4 + 1] = (x & 0x1FF) | (from->flip ? 1 << 12 : 0) | 1 << 14;
    OAM[entry * 4 + 2] = from->sprite * 8 | 1 << 10;
}

static void draw_sprites(int shown)
{
    struct drawn_sprite sprites[ACTOR_COUNT + 1];
    int count = 0;
    int blink = game.mode == MODE_WORLD && (game.invulnerable & 4);
    if (shown && !blink)
        pose_player(&sprites[count++]);
    for (int i = 0; shown && i < ACTOR_COUNT; i++)
        if (game.actors[i].area == game.area)
            pose_actor(&sprites[count++], &game.actors[i]);
    /* Whoever stands lower on the screen is nearer and goes in front. */
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && sprites[j].y > sprites[j - 1].y; j--) {
            struct drawn_sprite swapped = sprites[j];
            sprites[j] = sprites[j - 1];
            sprites[j - 1] = swapped;
        }
    for (int i = 0; i <= ACTOR_COUNT; i++) {
        if (i < count)
            put_sprite(i, &sprites[i]);
        else
            OAM[i * 4] = 0x0200;
    }
}

static void draw_text(int in_world)
{
    if (game.mode != drawn_mode) {
        text_clear();
        draw_logo(game.mode == MODE_TITLE);
        drawn_mode = game.mode;
    }
    if (in_world)
        text_draw_status();
    switch (game.mode) {
    case MODE_TITLE:
        text_centred(17, game.frame & 32 ? "           " : "PRESS START");
        break;
    case MODE_DIALOGUE:
        text_draw_dialogue();
        break;
    case MODE_ENDING:
        text_centred(3, "THE WOOD IS BRIGHT AGAIN");
        text_centred(17, "PRESS START");
        break;
    case MODE_GAME_OVER:
        text_centred(8, "YOUR LIGHT WENT OUT");
        text_centred(11, "PRESS START");
        break;
    default:
        break;
    }
}

/* The quest moves on when something in front of the player is taken or lit. */
static void redraw_changed_cell(void)
{
    static const s8 ahead_x[4] = {0, 0, -1, 1};
    static const s8 ahead_y[4] = {1, -1, 0, 0};
    if (drawn_stage == game.quest_stage)
        return;
    drawn_stage = game.quest_stage;
    draw_cell(drawn_area, game.player_x + ahead_x[game.player_facing],
              game.player_y + ahead_y[game.player_facing]);
}

void screen_draw(void)
{
    int in_world = drawn_area != AREA_SCENE;
    if (in_world)
        redraw_changed_cell();
    REG_BG1HOFS = in_world ? game.camera_x : 0;
    REG_BG1VOFS = in_world ? game.camera_y : 0;
    REG_BLDY = game.fade;
    cycle_palette();
    draw_sprites(in_world);
    draw_text(in_world);
    /* Mode 0; text, map, logo and sprites on; sprite tiles in one dimension. */
    REG_DISPCNT = 0x1740;
}
