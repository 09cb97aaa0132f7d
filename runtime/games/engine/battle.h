/* A battle: the player chooses, acts, and the enemy answers, until one of them is done. */
#ifndef BATTLE_H
#define BATTLE_H

#include "gba.h"

enum battle_row { ROW_FIGHT, ROW_ITEM, ROW_RUN, BATTLE_ROWS };

/* Fade into a battle. Set game.battle_person before, if the enemy stands on the map. */
void begin_battle(u8 enemy);

/* Open it once the screen is bright again. */
void open_battle(void);

/* One frame of mode battle. */
void battle_step(void);

#endif
