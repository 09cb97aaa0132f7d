/* What each map character means, for the rules and for joining pictures. */
#ifndef GLYPHS_H
#define GLYPHS_H

#include "gba.h"

/* Return the enum kind of a map character. */
u8 kind_of(char glyph);

/* Return whether nobody can walk into a cell of this kind. Ledges are not solid: they have rules of their own. */
int is_solid(u8 kind);

/* Return whether cells with this character may be things that change. */
int may_change(char glyph);

#endif
