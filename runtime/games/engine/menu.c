#include "menu.h"

#include "dialogue.h"
#include "progress.h"
#include "world.h"

void open_list(u8 kind, u8 rows)
{
    game.menu_kind = kind;
    game.menu_rows = rows;
    game.menu_cursor = 0;
}

void close_list(void)
{
    open_list(MENU_NONE, 0);
}

void move_cursor(void)
{
    if (game.menu_rows == 0)
        return;
    if (game.keys_pressed & KEY_DOWN)
        game.menu_cursor = game.menu_cursor + 1 == game.menu_rows ? 0 : game.menu_cursor + 1;
    else if (game.keys_pressed & KEY_UP)
        game.menu_cursor = game.menu_cursor == 0 ? game.menu_rows - 1 : game.menu_cursor - 1;
}

u8 use_item(u8 item)
{
    u8 missing = game.max_hp - game.hp;
    if (items[item].use != USE_HEAL || missing == 0)
        return 0;
    heal(items[item].power);
    change_item(item, -1);
    return missing - (game.max_hp - game.hp);
}

static void show_main(u8 row)
{
    clear_text();
    open_list(MENU_MAIN, MAIN_ROWS);
    game.menu_cursor = row;
}

void open_menu(void)
{
    enter_mode(MODE_MENU);
    show_main(MAIN_ITEMS);
}

static void leave_menu(void)
{
    clear_text();
    close_list();
    enter_mode(MODE_WORLD);
}

static void main_step(void)
{
    move_cursor();
    if (game.keys_pressed & (KEY_B | KEY_START)) {
        leave_menu();
        return;
    }
    if (!(game.keys_pressed & KEY_A))
        return;
    if (game.menu_cursor == MAIN_ITEMS) {
        open_list(MENU_ITEMS, carried_rows(0));
    } else if (game.menu_cursor == MAIN_SAVE) {
        open_list(MENU_SAVE, SAVE_ROWS);
        begin_message();
        add_words("Save your journey?");
    } else {
        leave_menu();
    }
}

static void items_step(void)
{
    move_cursor();
    type_message();
    if (game.keys_pressed & (KEY_B | KEY_START)) {
        show_main(MAIN_ITEMS);
        return;
    }
    u8 item = carried_item(game.menu_cursor, 0);
    if (!(game.keys_pressed & KEY_A) || item == ITEM_NONE)
        return;
    u8 healed = use_item(item);
    begin_message();
    if (healed) {
        add_words("It heals ");
        add_number(healed);
        add_words(" HP.");
    } else {
        add_words("No use for it now.");
    }
    game.menu_rows = carried_rows(0);
    if (game.menu_cursor >= game.menu_rows)
        game.menu_cursor = game.menu_rows ? game.menu_rows - 1 : 0;
}

static void save_step(void)
{
    type_message();
    if (game.menu_rows == 0) { /* it has been saved, and says so */
        if (game.keys_pressed & (KEY_A | KEY_B | KEY_START))
            show_main(MAIN_SAVE);
        return;
    }
    move_cursor();
    if (game.keys_pressed & KEY_B || (game.keys_pressed & KEY_A && game.menu_cursor == SAVE_NO)) {
        show_main(MAIN_SAVE);
    } else if (game.keys_pressed & KEY_A) {
        save_game();
        open_list(MENU_SAVE, 0);
        begin_message();
        add_words("Your journey is saved.");
    }
}

void menu_step(void)
{
    if (game.menu_kind == MENU_ITEMS)
        items_step();
    else if (game.menu_kind == MENU_SAVE)
        save_step();
    else
        main_step();
}
