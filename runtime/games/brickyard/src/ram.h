/* All of the game's state, at the start of work memory. game.toml names these addresses. */
#ifndef RAM_H
#define RAM_H

#include "gb.h"

#define ROWS 6
#define COLUMNS 9

enum { MODE_TITLE, MODE_PLAY, MODE_OVER, MODE_WON };

struct ram {
    u16 frame;             /* 0xC000: since power-on */
    u8 mode;               /* 0xC002 */
    u8 lives;              /* 0xC003: balls left, the one in play among them */
    u16 score;             /* 0xC004 */
    u8 bricks;             /* 0xC006: left */
    u8 paddle_x;           /* 0xC007: left edge, pixels */
    u8 ball_x, ball_y;     /* 0xC008: left and top edge, pixels */
    s8 ball_vx, ball_vy;   /* 0xC00A: sixteenths of a pixel a frame */
    u8 serve;              /* 0xC00C: frames until the ball leaves the paddle; 0 while it flies */
    u8 random;             /* 0xC00D: moves on each frame */
    u8 held, pressed;      /* 0xC00E: buttons, bit 0 A, B, SELECT, START, UP, DOWN, LEFT, RIGHT */
    u16 fine_x, fine_y;    /* 0xC010: the ball's place in sixteenths of a pixel */
    u8 hits;               /* 0xC014: bricks hit by this ball; it gets faster */
    u8 digits[4];          /* 0xC015: the score's, from the thousands */
    u8 unused[7];
    u8 wall[ROWS * COLUMNS]; /* 0xC020: 1 where a brick stands, row by row from the top */
};

extern volatile __at(0xC000) struct ram ram;

#endif
