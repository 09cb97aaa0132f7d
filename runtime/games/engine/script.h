/* Runs the cartridge's scripts: who says what, gives what, and what that leads to. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "cartridge.h"

/* Run the first block of a script whose conditions hold, up to the first command that waits. */
void script_run(u8 script);

/* Go on after what the script waited for. Without a script this leads back to mode world. */
void script_continue(void);

/* Forget the rest of the script. */
void script_stop(void);

#endif
