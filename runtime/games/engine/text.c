#include "text.h"

#include "areas.h"
#include "art.h"
#include "dialogue.h"

/* Character block 0: tiles 0 and 1 empty, then the interface, then two fonts at their ASCII codes. */
#define UI_TILE(piece) (2 + (piece))
#define SEE_THROUGH_FONT 128
#define TEXT_BANK (15 << 12)
#define NAME_BANK (13 << 12)
#define FLIP_X 0x0400
#define FLIP_Y 0x0800

enum { COLUMNS = 30, HUD_NUMBERS = 12, HUD_EMBER = 18 };
enum { BOX_ROWS = 7, BOX_HIGH = 1, BOX_LOW = 13, LOWEST_UNCOVERED = 76 };
enum { COLOUR_PANEL = 1, COLOUR_TEXT = 2, COLOUR_SHADOW = 3 };

static volatile u16 *const layer = SCREEN_BLOCK(27);

static void put(int column, int row, int tile)
{
    layer[row * 32 + column] = TEXT_BANK | tile;
}

static void store_row(int tile, int row, const u8 pixels[8])
{
    volatile u16 *to = CHAR_BLOCK(0) + tile * 16 + row * 2;
    to[0] = pixels[0] | pixels[1] << 4 | pixels[2] << 8 | pixels[3] << 12;
    to[1] = pixels[4] | pixels[5] << 4 | pixels[6] << 8 | pixels[7] << 12;
}

static void store_glyph(int code)
{
    const u8 *rows = &art_font[(code - 32) * 8];
    for (int y = 0; y < 8; y++) {
        u8 on_panel[8], over_scene[8];
        for (int x = 0; x < 8; x++) {
            int inked = rows[y] >> x & 1;
            int shaded = y > 0 && x > 0 && (rows[y - 1] >> (x - 1) & 1);
            on_panel[x] = inked ? COLOUR_TEXT : COLOUR_PANEL;
            over_scene[x] = inked ? COLOUR_TEXT : shaded ? COLOUR_SHADOW : 0;
        }
        store_row(code, y, on_panel);
        store_row(SEE_THROUGH_FONT + code, y, over_scene);
    }
}

void text_init(void)
{
    for (int code = 32; code < 128; code++)
        store_glyph(code);
    for (int piece = 0; piece < UI_COUNT; piece++)
        for (int y = 0; y < 8; y++)
            store_row(UI_TILE(piece), y, &art_interface[piece * 64 + y * 8]);
}

void text_clear(void)
{
    for (int i = 0; i < 32 * 20; i++)
        layer[i] = 0;
}

static void put_string(int column, int row, const char *text)
{
    for (; *text; text++)
        put(column++, row, *text);
}

static void put_number(int column, int row, u8 number)
{
    put(column, row, number >= 10 ? '1' : ' ');
    put(column + 1, row, '0' + (number >= 10 ? number - 10 : number));
}

void text_draw_status(void)
{
    static const char *const names[AREA_COUNT] = {
        [AREA_VILLAGE] = "  VILLAGE ",
        [AREA_FOREST] = "   FOREST ",
        [AREA_CAVE] = "     CAVE ",
        [AREA_HOUSE] = "    HOUSE ",
    };
    put(0, 0, ' ');
    for (int i = 0; i < 10; i++)
        put(1 + i, 0, UI_TILE(i < game.hp ? UI_HEART_FULL : UI_HEART_EMPTY));
    put(11, 0, ' ');
    put_number(HUD_NUMBERS, 0, game.hp);
    put(HUD_NUMBERS + 2, 0, '/');
    put_number(HUD_NUMBERS + 3, 0, game.max_hp);
    put(HUD_NUMBERS + 5, 0, ' ');
    put(HUD_EMBER, 0, game.has_ember ? UI_TILE(UI_EMBER) : ' ');
    put(HUD_EMBER + 1, 0, ' ');
    if (names[game.area])
        put_string(COLUMNS - 10, 0, names[game.area]);
}

static void draw_box(int top)
{
    int bottom = top + BOX_ROWS - 1;
    for (int column = 0; column < COLUMNS; column++) {
        int flip = column == COLUMNS - 1 ? FLIP_X : 0;
        int at_side = column == 0 || column == COLUMNS - 1;
        int edge = UI_TILE(at_side ? UI_BOX_TOP_LEFT : UI_BOX_TOP);
        put(column, top, edge | flip);
        put(column, bottom, edge | flip | FLIP_Y);
        for (int row = top + 1; row < bottom; row++)
            put(column, row, UI_TILE(at_side ? UI_BOX_LEFT : UI_BOX_FILL) | flip);
    }
}

static void put_name(int row, const char *name)
{
    for (int column = 2; *name; column++)
        layer[row * 32 + column] = NAME_BANK | *name++;
}

void text_draw_dialogue(void)
{
    /* The box goes where it hides neither the player nor what they face. */
    int top = game.player_pixel_y - game.camera_y > LOWEST_UNCOVERED ? BOX_HIGH : BOX_LOW;
    const char *text = dialogue_page_text(game.dialogue_id, game.dialogue_page);
    draw_box(top);
    put_name(top + 1, dialogues[game.dialogue_id].speaker);
    int column = 2;
    int row = top + 3;
    for (int i = 0; i < game.dialogue_shown; i++) {
        if (text[i] == '\n') {
            column = 2;
            row += 2;
        } else {
            put(column++, row, text[i]);
        }
    }
    char next = text[game.dialogue_shown];
    if ((next == '\0' || next == '\f') && !(game.mode_frames & 16))
        put(COLUMNS - 2, top + BOX_ROWS - 2, UI_TILE(UI_ARROW));
}

void text_centred(int row, const char *text)
{
    int length = 0;
    while (text[length])
        length++;
    int column = (COLUMNS - length) / 2;
    for (; *text; text++)
        put(column++, row, SEE_THROUGH_FONT + *text);
}
