/* Lists one chooses from, and the menu behind START. */
#ifndef MENU_H
#define MENU_H

#include "cartridge.h"

enum main_row { MAIN_ITEMS, MAIN_SAVE, MAIN_CLOSE, MAIN_ROWS };
enum save_row { SAVE_YES, SAVE_NO, SAVE_ROWS };
enum title_row { TITLE_CONTINUE, TITLE_NEW, TITLE_ROWS };

/* Show a list with the cursor on its first row. */
void open_list(u8 kind, u8 rows);

/* Take the list away. */
void close_list(void);

/* Move the cursor by the keys; it goes round. */
void move_cursor(void);

/* The menu behind START, and one frame of it. */
void open_menu(void);
void menu_step(void);

/* Drink the item in a row of those carried. Returns how much hp that gave; 0 for an item that does nothing now. */
u8 use_item(u8 item);

#endif
