/* Brickyard: one step of the game per frame, then its drawing, both in vertical blank. */
#include "ball.h"
#include "ram.h"
#include "screen.h"

#define LIVES 3
#define PADDLE_SPEED 2 /* pixels a frame */

enum { A = 0x01, START = 0x08, HOLD_LEFT = 0x40, HOLD_RIGHT = 0x80 };

volatile __at(0xC000) struct ram ram;

static void read_keys(void)
{
    u8 held = read_buttons();
    ram.pressed = held & ~ram.held;
    ram.held = held;
}

static void new_game(void)
{
    for (u8 i = 0; i < ROWS * COLUMNS; i++)
        ram.wall[i] = 1;
    ram.bricks = ROWS * COLUMNS;
    ram.score = 0;
    for (u8 i = 0; i < 4; i++)
        ram.digits[i] = 0;
    ram.lives = LIVES;
    ram.paddle_x = (SCREEN_WIDTH - PADDLE_WIDTH) / 2;
    ram.mode = MODE_PLAY;
    ball_rest();
    screen_field();
}

static void play(void)
{
    if (ram.held & HOLD_LEFT && ram.paddle_x > LEFT)
        ram.paddle_x -= PADDLE_SPEED;
    if (ram.held & HOLD_RIGHT && ram.paddle_x < RIGHT - PADDLE_WIDTH)
        ram.paddle_x += PADDLE_SPEED;
    if (!ram.serve) {
        ball_move();
        return;
    }
    ram.ball_x = ram.paddle_x + (PADDLE_WIDTH - BALL) / 2;
    ram.ball_y = (u8)(PADDLE_Y - BALL);
    ram.serve--;
    if (!ram.serve || ram.pressed & A)
        ball_launch();
}

/* Whatever is not play: a line of text, and START begins a game. */
static void wait_for_start(void)
{
    if (ram.mode == MODE_TITLE)
        screen_text(4, 15, ram.frame & 32 ? "           " : "PRESS START");
    else
        screen_text(5, 12, ram.mode == MODE_WON ? " YOU WIN " : "GAME OVER");
    if (ram.pressed & START)
        new_game();
}

void main(u8 machine)
{
    ram.random = 0x5A; /* any but 0, which the shift register never leaves */
    screen_init(machine);
    screen_title();
    REG_IE = 1;
    for (;;) {
        wait_vblank();
        ram.frame++;
        ram.random = ram.random >> 1 ^ (ram.random & 1 ? 0xB8 : 0); /* x^8 + x^6 + x^5 + x^4 + 1 */
        read_keys();
        if (ram.mode == MODE_PLAY) {
            play();
            screen_draw();
        } else {
            wait_for_start();
        }
    }
}
