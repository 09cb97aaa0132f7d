#include "shop.h"

#include "dialogue.h"
#include "menu.h"
#include "progress.h"
#include "script.h"
#include "world.h"

u8 shop_goods(u8 shop)
{
    u8 count = 0;
    while (count < sizeof shops[shop].goods && shops[shop].goods[count])
        count++;
    return count;
}

static void answer(const char *words)
{
    begin_message();
    add_words(words);
}

void open_shop(u8 shop)
{
    game.shop_id = shop;
    enter_mode(MODE_SHOP);
    open_list(MENU_SHOP, shop_goods(shop) + 1);
    answer("What will it be?");
}

static void buy(u8 item)
{
    if (game.gold < items[item].price) {
        answer("You lack the gold.");
    } else if (items[item].use == USE_REST) {
        change_gold(-items[item].price);
        game.hp = game.max_hp;
        answer("You sleep till morning.");
    } else if (game.items[item] >= items[item].most) {
        answer("You can carry no more.");
    } else {
        change_gold(-items[item].price);
        change_item(item, 1);
        answer("Thank you!");
    }
}

void shop_step(void)
{
    move_cursor();
    type_message();
    int leaving = game.menu_cursor == game.menu_rows - 1;
    if (game.keys_pressed & (KEY_B | KEY_START) || (game.keys_pressed & KEY_A && leaving)) {
        clear_text();
        close_list();
        game.shop_id = SHOP_NONE;
        script_continue();
    } else if (game.keys_pressed & KEY_A) {
        buy(shops[game.shop_id].goods[game.menu_cursor]);
    }
}
