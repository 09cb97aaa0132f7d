/* The engine: one step of game logic per frame, then one drawing, both in vertical blank. */

#include "battle.h"
#include "cartridge.h"
#include "dialogue.h"
#include "gba.h"
#include "menu.h"
#include "people.h"
#include "places.h"
#include "progress.h"
#include "scene.h"
#include "screen.h"
#include "script.h"
#include "shop.h"
#include "world.h"

enum { FADE_FRAMES = 12, FULL_FADE = 16, GAME_OVER_FADE = 10, FEW_AREAS = 8 };

#define SPREAD 0x9E3779B9u /* the golden ratio in 32 bits: frames in a row give seeds far apart */

struct game_ram game __attribute__((section(".game_ram"), aligned(4)));

static void read_keys(void)
{
    u16 held = ~REG_KEYINPUT & 0x03FF;
    game.keys_pressed = held & ~game.keys_held;
    game.keys_held = held;
}

static void enter_area(void)
{
    game.area = game.next_area;
    game.player_x = game.next_x;
    game.player_y = game.next_y;
    game.player_facing = game.next_facing;
    if (game.area < FEW_AREAS)
        game.areas_visited |= 1 << game.area;
    game.areas_seen |= 1u << game.area;
    game.interact_wanted = 0;
    game.bramble_frames = 0;
    load_map(game.area);
    if (game.script_id == SCRIPT_NONE && game.battle_phase == BATTLE_NONE)
        revive_monsters();
    game.battle_phase = BATTLE_NONE;
    game.battle_enemy = ENEMY_NONE;
    game.battle_turn = TURN_NOBODY;
    game.battle_enemy_hp = 0;
    game.battle_enemy_max_hp = 0;
    game.scene_behind = game.area;
}

/* At the black middle of a transition: change what is behind it. */
static void switch_scene(void)
{
    game.switched = 1;
    if (game.next_mode == MODE_TITLE)
        new_game();
    if (game.next_mode == MODE_WORLD) {
        enter_area();
    } else if (game.next_mode == MODE_BATTLE) {
        game.battle_phase = BATTLE_START;
        game.scene_behind = BEHIND_BATTLE;
    } else {
        game.scene_behind = cartridge.scene_area;
    }
    screen_enter_area(game.scene_behind);
}

static void finish_transition(void)
{
    enter_mode(game.next_mode);
    game.switched = 0;
    if (game.mode == MODE_BATTLE)
        open_battle();
    else if (game.mode == MODE_CUTSCENE)
        open_text(game.dialogue_id, MODE_CUTSCENE);
    else if (game.mode == MODE_WORLD && game.script_id)
        script_continue();
    else if (game.mode == MODE_TITLE && has_saved_game())
        open_list(MENU_TITLE, TITLE_ROWS);
}

/* Fade out, stay black while the new scene is drawn, fade in: always the same number of frames. */
static void transition_step(void)
{
    int past_switch = game.mode_frames - FADE_FRAMES;
    int past_black = past_switch - LOAD_PARTS;
    if (past_switch < 0) {
        u8 fade = game.mode_frames * FULL_FADE / FADE_FRAMES;
        game.fade = fade > game.fade ? fade : game.fade;
    } else if (past_switch == 0) {
        game.fade = FULL_FADE;
        switch_scene();
    } else if (past_black <= 0) {
        screen_load_part(past_switch - 1);
    } else {
        game.fade = (FADE_FRAMES - past_black) * FULL_FADE / FADE_FRAMES;
    }
    if (past_black == FADE_FRAMES)
        finish_transition();
}

static void title_step(void)
{
    move_cursor();
    int start = game.keys_pressed & KEY_START;
    if (game.menu_kind == MENU_TITLE)
        start |= game.keys_pressed & KEY_A;
    if (!start)
        return;
    int go_on = game.menu_kind == MENU_TITLE && game.menu_cursor == TITLE_CONTINUE;
    close_list();
    game.rng = cartridge.seed ^ game.frame * SPREAD; /* when one starts is the seed */
    if (game.rng == 0)
        game.rng = cartridge.seed; /* xorshift never leaves 0 */
    if (go_on) {
        load_game();
        begin_transition(MODE_WORLD, game.area, game.player_x, game.player_y, game.player_facing);
    } else {
        game.cutscene_then = THEN_START;
        game.dialogue_id = cartridge.intro;
        begin_transition(MODE_CUTSCENE, AREA_NONE, 0, 0, FACING_DOWN);
    }
}

static void cutscene_step(void)
{
    if (game.keys_pressed & KEY_START)
        clear_text(); /* seen before */
    else if (!text_step())
        return;
    if (game.cutscene_then == THEN_START)
        begin_transition(MODE_WORLD, cartridge.start_area, cartridge.start_x, cartridge.start_y, cartridge.start_facing);
    else if (game.cutscene_then == THEN_ENDING)
        enter_mode(MODE_ENDING);
    else
        script_continue();
}

static void step(void)
{
    game.mode_frames++;
    switch (game.mode) {
    case MODE_TITLE:
        title_step();
        break;
    case MODE_WORLD:
        world_step();
        break;
    case MODE_DIALOGUE:
        if (text_step())
            script_continue();
        break;
    case MODE_TRANSITION:
        transition_step();
        break;
    case MODE_BATTLE:
        battle_step();
        break;
    case MODE_MENU:
        menu_step();
        break;
    case MODE_SHOP:
        shop_step();
        break;
    case MODE_CUTSCENE:
        cutscene_step();
        break;
    default: /* ending, game over */
        game.fade = game.mode == MODE_GAME_OVER ? GAME_OVER_FADE : 0;
        if (game.keys_pressed & KEY_START)
            begin_transition(MODE_TITLE, AREA_NONE, 0, 0, FACING_DOWN);
        break;
    }
    game.objective = game.quest_stage;
    tell_scene();
}

static u16 camera_along(int player_pixel, int area_pixels, int screen_pixels)
{
    int camera = player_pixel + 8 - screen_pixels / 2;
    int last = area_pixels - screen_pixels;
    if (camera > last)
        camera = last;
    return camera < 0 ? 0 : camera;
}

static void place_camera(void)
{
    static const s8 back_x[4] = {0, 0, 1, -1};
    static const s8 back_y[4] = {-1, 1, 0, 0};
    int behind = game.player_moving ? 16 - 2 * game.step_frame : 0;
    game.player_pixel_x = game.player_x * 16 + back_x[game.player_facing] * behind;
    game.player_pixel_y = game.player_y * 16 + back_y[game.player_facing] * behind;
    game.camera_x = camera_along(game.player_pixel_x, game.map_width * 16, SCREEN_WIDTH);
    game.camera_y = camera_along(game.player_pixel_y, game.map_height * 16, SCREEN_HEIGHT);
}

static void start_interrupts(void)
{
    IRQ_VECTOR = irq_entry;
    REG_DISPSTAT = 1 << 3; /* ask for the vertical blank interrupt */
    REG_IE = 1;
    REG_IME = 1;
}

int main(void)
{
    REG_WAITCNT = 0x4317; /* fast cartridge reads with prefetch */
    game.magic = RAM_MAGIC;
    game.version = RAM_VERSION;
    game.size = sizeof game;
    game.rng = cartridge.seed;
    new_game();
    game.scene_behind = cartridge.scene_area;
    screen_init();
    screen_enter_area(cartridge.scene_area);
    for (int part = 0; part < LOAD_PARTS; part++)
        screen_load_part(part);
    start_interrupts();
    for (;;) {
        wait_vblank();
        game.frame++;
        read_keys();
        step();
        place_camera();
        screen_draw();
    }
}
