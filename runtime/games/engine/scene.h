/* Names what is on the screen, for whoever learns to recognise it. */
#ifndef SCENE_H
#define SCENE_H

/* Set game.context and game.scene. At the end of every step. */
void tell_scene(void);

#endif
