/* How the ball flies, and what it hits. */
#ifndef BALL_H
#define BALL_H

void ball_rest(void);   /* on the paddle, until it is served */
void ball_launch(void);
void ball_move(void);   /* one frame; sets mode, lives, score */

#endif
