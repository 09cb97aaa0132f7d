#include "ball.h"
#include "ram.h"
#include "screen.h"

#define SERVE_FRAMES 90
#define SLOW 20         /* sixteenths of a pixel a frame, downwards */
#define FAST 30
#define NEGATIVE(speed) ((u8)(speed) & 0x80)

/* Sideways by where on the paddle it falls: from its left edge to its right, in steps of 4 pixels. */
static const s8 aims[7] = {-26, -18, -10, 6, 10, 18, 26};

static const u8 points[ROWS] = {7, 7, 5, 5, 3, 1};

void ball_rest(void)
{
    ram.serve = SERVE_FRAMES;
    ram.hits = 0;
}

static s8 speed(void)
{
    u8 faster = SLOW + (ram.hits >> 3) * 2; /* every 8 bricks */
    return faster < FAST ? faster : FAST;
}

void ball_launch(void)
{
    ram.serve = 0;
    ram.fine_x = (u16)ram.ball_x << 4;
    ram.fine_y = (u16)ram.ball_y << 4;
    ram.ball_vx = aims[1 + (ram.random & 3)];
    ram.ball_vy = -speed();
}

/* Dividing the score for its picture would take longer than the vertical blank. */
static void add(u8 value)
{
    u8 place = 3;
    ram.score += value;
    ram.digits[3] += value;
    while (ram.digits[place] > 9) {
        ram.digits[place] -= 10;
        ram.digits[--place]++;
    }
}

/* Knock out the brick at a pixel of the field; return whether there was one. */
static u8 knock(u8 x, u8 y)
{
    static const u8 first[ROWS] = {0, 9, 18, 27, 36, 45};
    u8 column, brick;
    if (y < WALL_TOP || y >= WALL_TOP + ROWS * BRICK_HEIGHT)
        return 0;
    y = (u8)(y - WALL_TOP) >> 3;
    column = (u8)(x - LEFT) >> 4;
    brick = first[y] + column;
    if (!ram.wall[brick])
        return 0;
    ram.wall[brick] = 0;
    ram.bricks--;
    ram.hits++;
    add(points[y]);
    screen_brick_gone(y, column);
    return 1;
}

static void move_sideways(void)
{
    u16 fine = ram.fine_x + ram.ball_vx;
    u8 x = fine >> 4;
    u8 edge = x;
    if (!NEGATIVE(ram.ball_vx))
        edge += BALL - 1;
    if (edge < LEFT || edge >= RIGHT || knock(edge, ram.ball_y + BALL / 2)) {
        ram.ball_vx = -ram.ball_vx;
        return;
    }
    ram.fine_x = fine;
    ram.ball_x = x;
}

static u8 on_paddle(u8 y)
{
    return !NEGATIVE(ram.ball_vy) && y < PADDLE_Y + 2 && (u8)(ram.ball_x + BALL) > ram.paddle_x &&
           ram.ball_x < (u8)(ram.paddle_x + PADDLE_WIDTH);
}

static void move_up_or_down(void)
{
    u16 fine = ram.fine_y + ram.ball_vy;
    u8 y = fine >> 4;
    u8 edge = y;
    if (!NEGATIVE(ram.ball_vy))
        edge += BALL - 1;
    if (y > PADDLE_Y - BALL && on_paddle(y)) {
        ram.ball_vx = aims[(u8)(ram.ball_x + BALL - 1 - ram.paddle_x) >> 2];
        ram.ball_vy = -speed();
        return;
    }
    if (edge < TOP || knock(ram.ball_x + BALL / 2, edge)) {
        ram.ball_vy = -ram.ball_vy;
        return;
    }
    ram.fine_y = fine;
    ram.ball_y = y;
}

void ball_move(void)
{
    move_sideways();
    move_up_or_down();
    if (!ram.bricks) {
        ram.mode = MODE_WON;
    } else if (ram.ball_y >= SCREEN_HEIGHT) {
        if (--ram.lives)
            ball_rest();
        else
            ram.mode = MODE_OVER;
    }
}
