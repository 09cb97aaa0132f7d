#include "script.h"

#include "battle.h"
#include "dialogue.h"
#include "progress.h"
#include "shop.h"
#include "world.h"

static int bits_set(u32 bits)
{
    int count = 0;
    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

static int holds(const struct command *command)
{
    switch (command->op) {
    case OP_IF_STAGE: return game.quest_stage == command->a;
    case OP_IF_STAGE_FROM: return game.quest_stage >= command->a;
    case OP_IF_FLAG: return flag_is_set(command->a);
    case OP_IF_NOT: return !flag_is_set(command->a);
    case OP_IF_TAKEN: return flag_is_set(things[game.script_thing].flag);
    case OP_IF_HAS: return game.items[command->a] >= command->b;
    case OP_IF_SEEN: return bits_set(game.areas_seen) >= command->a;
    default: return game.kills >= command->a; /* OP_IF_KILLS */
    }
}

/* Carry out a command. Returns 1 when the script has to wait. */
static int carry_out(const struct command *command)
{
    switch (command->op) {
    case OP_SAY:
        open_text(command->a, MODE_DIALOGUE);
        return 1;
    case OP_CUTSCENE:
        game.cutscene_then = THEN_SCRIPT;
        open_text(command->a, MODE_CUTSCENE);
        return 1;
    case OP_ENDING:
        game.cutscene_then = THEN_ENDING;
        game.dialogue_id = command->a;
        begin_transition(MODE_CUTSCENE, AREA_NONE, game.player_x, game.player_y, game.player_facing);
        return 1;
    case OP_BATTLE:
        begin_battle(command->a);
        return 1;
    case OP_SHOP:
        open_shop(command->a);
        return 1;
    case OP_STAGE:
        game.quest_stage = command->a;
        break;
    case OP_SET:
        set_flag(command->a);
        break;
    case OP_SET_HERE:
        set_flag(things[game.script_thing].flag);
        break;
    case OP_GIVE:
        change_item(command->a, command->b);
        break;
    case OP_TAKE:
        change_item(command->a, -command->b);
        break;
    case OP_GOLD:
        change_gold(command->b);
        break;
    case OP_XP:
        gain_xp(command->b);
        break;
    case OP_HEAL:
        game.hp = game.max_hp;
        break;
    case OP_SIDE_TAKEN:
        game.side_taken |= 1 << command->a;
        break;
    default: /* OP_SIDE_DONE */
        game.side_taken |= 1 << command->a;
        game.side_done |= 1 << command->a;
        break;
    }
    return 0;
}

void script_run(u8 script)
{
    const struct command *commands = scripts[script];
    u8 at = 0;
    while (commands[at].op != OP_FINISH) {
        int all = 1;
        while (commands[at].op >= OP_IF_STAGE && commands[at].op < FIRST_ACTION)
            all &= holds(&commands[at++]);
        if (all) {
            game.script_id = script;
            game.script_at = at;
            script_continue();
            return;
        }
        while (commands[at++].op != OP_END)
            ;
    }
}

void script_continue(void)
{
    const struct command *commands = scripts[game.script_id];
    while (game.script_id) {
        const struct command *command = &commands[game.script_at];
        if (command->op == OP_END) {
            script_stop();
        } else {
            game.script_at++;
            if (carry_out(command))
                return;
        }
    }
    if (game.mode != MODE_WORLD)
        enter_mode(MODE_WORLD);
}

void script_stop(void)
{
    game.script_id = SCRIPT_NONE;
    game.script_at = 0;
}
