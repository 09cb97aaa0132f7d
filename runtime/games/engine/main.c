/* Emberwood: one step of game logic per frame, then one drawing, both in vertical blank. */

#include "areas.h"
#include "gba.h"
#include "ram.h"
#include "screen.h"
#include "world.h"

enum {
    FADE_FRAMES = 12,
    FULL_FADE = 16,
    GAME_OVER_FADE = 10,
    START_X = 7,
    START_Y = 8
};

#define RNG_SEED 0x2545F491u /* any constant but 0, which xorshift32 never leaves */

struct game_ram game __attribute__((section(".game_ram"), aligned(4)));

static void read_keys(void)
{
    u16 held = ~REG_KEYINPUT & 0x03FF;
    game.keys_pressed = held & ~game.keys_held;
    game.keys_held = held;
}

/* At the black middle of a transition: change what is behind it. */
static void switch_scene(void)
{
    if (game.next_mode == MODE_TITLE)
        new_game();
    if (game.next_mode == MODE_WORLD) {
        game.area = game.next_area;
        game.player_x = game.next_x;
        game.player_y = game.next_y;
        game.player_facing = game.next_facing;
        game.areas_visited |= 1 << game.area;
        game.interact_wanted = 0;
        game.bramble_frames = 0;
        load_map(game.area);
        screen_enter_area(game.area);
    } else {
        screen_enter_area(AREA_SCENE);
    }
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
        enter_mode(game.next_mode);
}

static void step(void)
{
    int start = game.keys_pressed & KEY_START;
    game.mode_frames++;
    switch (game.mode) {
    case MODE_TITLE:
        if (start)
            begin_transition(MODE_WORLD, AREA_VILLAGE, START_X, START_Y, FACING_DOWN);
        break;
    case MODE_WORLD:
        world_step();
        break;
    case MODE_DIALOGUE:
        dialogue_step();
        break;
    case MODE_TRANSITION:
        transition_step();
        break;
    default: /* ending, game over */
        game.fade = game.mode == MODE_GAME_OVER ? GAME_OVER_FADE : 0;
        if (start)
            begin_transition(MODE_TITLE, AREA_NONE, 0, 0, FACING_DOWN);
        break;
    }
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
    game.rng = RNG_SEED;
    new_game();
    screen_init();
    screen_enter_area(AREA_SCENE);
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
