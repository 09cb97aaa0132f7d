/* Text in the box: whole pages in game.dialogue_text, typed out a few characters a frame. */
#ifndef DIALOGUE_H
#define DIALOGUE_H

#include "cartridge.h"

/* Open one of the cartridge's texts in mode dialogue or cutscene. */
void open_text(u8 say, u8 mode);

/* One frame of either mode. Returns 1 when the last page has been read; the text is then cleared. */
int text_step(void);

/* Compose a message in game.dialogue_text: begin, then add words and numbers. */
void begin_message(void);
void add_words(const char *words);
void add_number(u32 number);

/* Type on. Returns 1 once the whole message is on screen. */
int type_message(void);

/* Empty text and speaker. */
void clear_text(void);

#endif
