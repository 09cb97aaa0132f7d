#include "battle.h"

#include "cartridge.h"
#include "dialogue.h"
#include "menu.h"
#include "people.h"
#include "progress.h"
#include "script.h"
#include "world.h"

enum {
    READ_FRAMES = 50,    /* a message that nobody reads on goes by itself */
    FLASH_FRAMES = 16,
    PEACE_STEPS = 4,     /* after a battle */
    TRUCE_FRAMES = 120,  /* in which a monster fled from does not attack */
    BLOW_SPREAD = 3,     /* a blow is its strength and up to 2 more */
    HARM_SPREAD = 2,
    ESCAPES_IN_4 = 3
};

static const struct enemy *foe(void)
{
    return &enemies[game.battle_enemy];
}

static void enter_phase(u8 phase, u8 turn)
{
    game.battle_phase = phase;
    game.battle_turn = turn;
    game.battle_step = 0;
    game.battle_wait = 0;
    close_list();
}

void begin_battle(u8 enemy)
{
    game.battle_enemy = enemy;
    game.battle_enemy_max_hp = enemies[enemy].hp;
    game.battle_enemy_hp = enemies[enemy].hp;
    game.battle_result = RESULT_NONE;
    begin_transition(MODE_BATTLE, game.area, game.player_x, game.player_y, game.player_facing);
}

void open_battle(void)
{
    enter_phase(BATTLE_START, TURN_NOBODY);
    game.battle_flash = 0;
    begin_message();
    add_words(foe()->name);
    add_words(" attacks!");
}

static void let_choose(void)
{
    enter_phase(BATTLE_CHOOSE, TURN_PLAYER);
    open_list(MENU_BATTLE, BATTLE_ROWS);
    begin_message();
    add_words("What will you do?");
}

static void strike(void)
{
    int blow = player_attack() + random_below(BLOW_SPREAD) - foe()->defence;
    if (blow < 1)
        blow = 1;
    game.battle_enemy_hp = game.battle_enemy_hp > blow ? game.battle_enemy_hp - blow : 0;
    game.battle_flash = FLASH_FRAMES;
    enter_phase(BATTLE_ACT, TURN_PLAYER);
    begin_message();
    add_words("You strike for ");
    add_number(blow);
    add_words(".");
}

static void drink(u8 item)
{
    u8 healed = use_item(item);
    enter_phase(BATTLE_ACT, TURN_PLAYER);
    begin_message();
    add_words(items[item].name);
    add_words(" heals ");
    add_number(healed);
    add_words(" HP.");
}

static void end_with(u8 result, const char *words)
{
    enter_phase(BATTLE_END, TURN_NOBODY);
    game.battle_result = result;
    begin_message();
    add_words(words);
}

static void run(void)
{
    if (!foe()->no_escape && random_below(4) < ESCAPES_IN_4) {
        end_with(RESULT_FLED, "You get away.");
        return;
    }
    enter_phase(BATTLE_ACT, TURN_PLAYER);
    begin_message();
    add_words("There is no way out!");
}

static void be_struck(void)
{
    int harm = foe()->attack + random_below(HARM_SPREAD) - player_defence();
    if (harm < 1)
        harm = 1;
    lose_hp(harm);
    game.battle_flash = FLASH_FRAMES;
    enter_phase(BATTLE_ANSWER, TURN_ENEMY);
    begin_message();
    add_words(foe()->name);
    add_words("\nhits you for ");
    add_number(harm);
    add_words(".");
}

static void win(void)
{
    end_with(RESULT_WON, foe()->name);
    add_words(" is beaten.\n");
    add_number(foe()->xp);
    add_words(" XP and ");
    add_number(foe()->gold);
    add_words(" gold.");
    change_gold(foe()->gold);
    if (game.kills < 255)
        game.kills++;
}

static void leave_battle(void)
{
    if (game.battle_result == RESULT_LOST) {
        script_stop();
        clear_text();
        enter_mode(MODE_GAME_OVER);
        return;
    }
    if (game.battle_result == RESULT_FLED) {
        script_stop();
        game.invulnerable = TRUCE_FRAMES;
    } else if (game.battle_person) {
        ACTOR(game.battle_person - 1)->area = AREA_NONE;
    }
    game.battle_person = 0;
    game.battle_peace = PEACE_STEPS;
    clear_text();
    begin_transition(MODE_WORLD, game.area, game.player_x, game.player_y, game.player_facing);
}

/* The second message of a battle won: a level reached. */
static void end_or_rise(void)
{
    if (game.battle_result == RESULT_WON && game.battle_step == 0 && gain_xp(foe()->xp)) {
        game.battle_step = 1;
        game.battle_wait = 0;
        begin_message();
        add_words("You reach level ");
        add_number(game.level);
        add_words("!");
        return;
    }
    leave_battle();
}

/* Returns 1 once the message has been read, or has stood long enough. */
static int message_read(void)
{
    if (type_message())
        game.battle_wait++;
    return game.keys_pressed & KEY_A || game.battle_wait == READ_FRAMES;
}

static void choose_step(void)
{
    type_message();
    move_cursor();
    if (!(game.keys_pressed & KEY_A))
        return;
    if (game.menu_cursor == ROW_FIGHT) {
        strike();
    } else if (game.menu_cursor == ROW_RUN) {
        run();
    } else {
        enter_phase(BATTLE_ITEMS, TURN_PLAYER);
        open_list(MENU_BATTLE_ITEMS, carried_rows(1));
    }
}

static void items_step(void)
{
    move_cursor();
    u8 item = carried_item(game.menu_cursor, 1);
    if (game.keys_pressed & KEY_B)
        let_choose();
    else if (game.keys_pressed & KEY_A && item != ITEM_NONE)
        drink(item);
}

void battle_step(void)
{
    if (game.battle_flash)
        game.battle_flash--;
    if (game.battle_phase == BATTLE_CHOOSE) {
        choose_step();
        return;
    }
    if (game.battle_phase == BATTLE_ITEMS) {
        items_step();
        return;
    }
    if (!message_read())
        return;
    switch (game.battle_phase) {
    case BATTLE_ACT:
        if (game.battle_enemy_hp == 0)
            win();
        else
            be_struck();
        break;
    case BATTLE_ANSWER:
        if (game.hp == 0)
            end_with(RESULT_LOST, "You sink to the ground...");
        else
            let_choose();
        break;
    case BATTLE_END:
        end_or_rise();
        break;
    default: /* BATTLE_START */
        let_choose();
        break;
    }
}
