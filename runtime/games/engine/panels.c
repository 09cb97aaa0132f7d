#include "panels.h"

#include "art.h"
#include "battle.h"
#include "cartridge.h"
#include "menu.h"
#include "progress.h"
#include "shop.h"
#include "text.h"

enum { BOX_ROWS = 7, BOX_HIGH = 1, BOX_LOW = 13, LOWEST_UNCOVERED = 76, HUD_HEARTS = 5, LIST_ROWS = 8 };

/* FNV-1a, over words. */
#define FIRST_MIX 0x811C9DC5u
#define MIX_FACTOR 0x01000193u


static int length_of(const char *text)
{
    int length = 0;
    while (text[length])
        length++;
    return length;
}

/* | hearts hp/max  L level  G gold  place | */
static void draw_status(void)
{
    put_words(0, 0, "                              ");
    int hearts = (game.hp * HUD_HEARTS + game.max_hp - 1) / game.max_hp;
    for (int i = 0; i < HUD_HEARTS; i++)
        put_icon(1 + i, 0, i < hearts ? UI_HEART_FULL : UI_HEART_EMPTY);
    put_number(6, 0, game.hp, 3);
    put_words(9, 0, "/");
    put_number(10, 0, game.max_hp, 2);
    put_words(13, 0, "L");
    put_number(14, 0, game.level, game.level < 10 ? 1 : 2);
    put_words(16, 0, "G");
    put_number(17, 0, game.gold, game.gold < 10 ? 1 : game.gold < 100 ? 2 : 3);
    if (game.has_ember)
        put_icon(12, 0, UI_EMBER);
    const char *name = areas[game.area].name;
    put_words(COLUMNS - length_of(name), 0, name);
}

static void draw_page(int top)
{
    const char *text = (const char *)game.dialogue_text;
    draw_box(0, top, COLUMNS, BOX_ROWS);
    put_name(2, top + 1, (const char *)game.dialogue_speaker);
    put_typed(2, top + 3, text, game.dialogue_shown);
    if (!text[game.dialogue_shown] && !(game.mode_frames & 16))
        put_icon(COLUMNS - 2, top + BOX_ROWS - 2, UI_ARROW);
}

static void draw_cursor(int column, int first_row, int spacing)
{
    for (int row = 0; row < game.menu_rows; row++) {
        if (row == game.menu_cursor)
            put_icon(column, first_row + row * spacing, UI_CURSOR);
        else
            put_words(column, first_row + row * spacing, " ");
    }
}

static void draw_message(int column, int row, int width)
{
    draw_box(column, row, width, 6);
    put_typed(column + 2, row + 1, (const char *)game.dialogue_text, game.dialogue_shown);
}

/* A list of items carried, with how many, in a box of its own. */
static void draw_carried(int column, int row, int lines, int usable)
{
    int first = game.menu_cursor >= lines ? game.menu_cursor - lines + 1 : 0;
    draw_box(column, row, 21, lines + 2);
    if (game.menu_rows == 0)
        put_words(column + 3, row + 1, "Nothing.");
    for (int line = 0; line < lines && first + line < game.menu_rows; line++) {
        u8 item = carried_item(first + line, usable);
        if (first + line == game.menu_cursor)
            put_icon(column + 1, row + 1 + line, UI_CURSOR);
        put_icon(column + 3, row + 1 + line, items[item].icon);
        put_words(column + 5, row + 1 + line, items[item].name);
        put_number(column + 17, row + 1 + line, game.items[item], 2);
    }
}

static void draw_battle(void)
{
    const struct enemy *foe = &enemies[game.battle_enemy];
    draw_box(0, 0, 16, 4);
    put_name(1, 1, foe->name);
    put_bar(1, 2, 8, game.battle_enemy_hp, game.battle_enemy_max_hp);
    put_number(10, 2, game.battle_enemy_hp, 3);
    draw_box(14, 9, 16, 4);
    put_name(15, 10, "YOU");
    put_words(20, 10, "LEVEL");
    put_number(26, 10, game.level, 2);
    put_bar(15, 11, 7, game.hp, game.max_hp);
    put_number(22, 11, game.hp, 3);
    put_words(25, 11, "/");
    put_number(26, 11, game.max_hp, 2);
    draw_box(0, 13, COLUMNS, BOX_ROWS);
    if (game.battle_phase == BATTLE_ITEMS) {
        draw_carried(0, 13, BOX_ROWS - 2, 1);
        return;
    }
    put_typed(2, 15, (const char *)game.dialogue_text, game.dialogue_shown);
    if (game.battle_phase == BATTLE_CHOOSE) {
        draw_box(21, 13, 9, BOX_ROWS);
        put_words(24, 14, "FIGHT");
        put_words(24, 16, "ITEM");
        put_words(24, 18, "RUN");
        draw_cursor(22, 14, 2);
    }
}

static void draw_self(int column, int row)
{
    draw_box(column, row, 14, 13);
    put_words(column + 2, row + 1, "Level");
    put_number(column + 9, row + 1, game.level, 3);
    put_words(column + 2, row + 3, "HP");
    put_number(column + 6, row + 3, game.hp, 3);
    put_words(column + 9, row + 3, "/");
    put_number(column + 10, row + 3, game.max_hp, 2);
    put_words(column + 2, row + 5, "XP");
    put_number(column + 8, row + 5, game.xp, 4);
    put_words(column + 2, row + 7, "Gold");
    put_number(column + 8, row + 7, game.gold, 4);
    put_words(column + 2, row + 9, "Attack");
    put_number(column + 9, row + 9, player_attack(), 3);
    put_words(column + 2, row + 11, "Defence");
    put_number(column + 9, row + 11, player_defence(), 3);
}

static void draw_menu(void)
{
    clear_cells(0, 1, COLUMNS, ROWS - 1);
    if (game.menu_kind == MENU_ITEMS) {
        draw_carried(1, 2, LIST_ROWS, 0);
        if (game.dialogue_text[0])
            draw_message(0, 14, COLUMNS);
    } else if (game.menu_kind == MENU_SAVE) {
        draw_message(0, 14, COLUMNS);
        if (game.menu_rows) {
            draw_box(20, 7, 9, 7);
            put_words(23, 9, "YES");
            put_words(23, 11, "NO");
            draw_cursor(21, 9, 2);
        }
    } else {
        draw_box(1, 2, 11, 9);
        put_words(4, 4, "ITEMS");
        put_words(4, 6, "SAVE");
        put_words(4, 8, "CLOSE");
        draw_cursor(2, 4, 2);
        draw_self(15, 2);
        draw_box(0, 15, COLUMNS, 5);
        put_name(2, 16, "NOW");
        put_words(2, 18, objectives[game.quest_stage]);
    }
}

static void draw_shop(void)
{
    const struct shop *shop = &shops[game.shop_id];
    u8 goods = shop_goods(game.shop_id);
    int apart = goods < 5 ? 2 : 1;
    draw_box(0, 1, COLUMNS, 13);
    put_name(2, 2, shop->name);
    put_words(18, 2, "Gold");
    put_number(23, 2, game.gold, 4);
    for (int line = 0; line < goods; line++) {
        const struct item *item = &items[shop->goods[line]];
        int row = 4 + line * apart;
        put_icon(4, row, item->icon);
        put_words(6, row, item->name);
        put_number(19, row, item->price, 3);
        put_words(23, row, "G");
        put_number(25, row, game.items[shop->goods[line]], 2);
    }
    put_words(6, 4 + goods * apart, "Leave");
    draw_cursor(2, 4, apart);
    draw_message(0, 14, COLUMNS);
}

static void draw_title(void)
{
    if (game.menu_kind != MENU_TITLE) {
        put_centred(17, game.frame & 32 ? "           " : "PRESS START");
        return;
    }
    draw_box(8, 14, 14, 5);
    put_words(12, 15, "CONTINUE");
    put_words(12, 17, "NEW GAME");
    draw_cursor(10, 15, 2);
}

/* Return a number that changes when anything written on the screen does. */
static u32 fingerprint(u8 behind)
{
    const u8 *text = game.dialogue_text;
    const u32 shown[] = {
        behind, game.area, game.mode, game.menu_kind, game.menu_cursor, game.menu_rows,
        game.hp, game.max_hp, game.level, game.xp, game.gold, game.has_ember, game.quest_stage,
        game.battle_phase, game.battle_enemy, game.battle_enemy_hp, game.shop_id,
        game.dialogue_id, game.dialogue_page, game.dialogue_shown, text[0] | text[1] << 8 | text[2] << 16,
        game.mode == MODE_TITLE ? game.frame & 32 : game.mode_frames & 16,
    };
    u32 mixed = FIRST_MIX;
    for (u32 i = 0; i < sizeof shown / sizeof shown[0]; i++)
        mixed = (mixed ^ shown[i]) * MIX_FACTOR;
    for (int i = 0; i < ITEM_SLOTS; i++)
        mixed = (mixed ^ game.items[i]) * MIX_FACTOR;
    return mixed;
}

void draw_panels(u8 behind)
{
    static u32 drawn;
    u32 present = fingerprint(behind);
    if (present == drawn)
        return;
    drawn = present;
    if (behind == game.area && game.area)
        draw_status();
    switch (game.mode) {
    case MODE_TITLE:
        draw_title();
        break;
    case MODE_DIALOGUE:
        /* The box goes where it hides neither the player nor what they face. */
        draw_page(game.player_pixel_y - game.camera_y > LOWEST_UNCOVERED ? BOX_HIGH : BOX_LOW);
        break;
    case MODE_CUTSCENE:
        draw_page(BOX_LOW);
        break;
    case MODE_BATTLE:
        draw_battle();
        break;
    case MODE_MENU:
        draw_menu();
        break;
    case MODE_SHOP:
        draw_shop();
        break;
    case MODE_ENDING:
        put_centred(3, cartridge.ending_line);
        put_centred(17, "PRESS START");
        break;
    case MODE_GAME_OVER:
        put_centred(8, cartridge.game_over_line);
        put_centred(11, "PRESS START");
        break;
    default:
        break;
    }
}
