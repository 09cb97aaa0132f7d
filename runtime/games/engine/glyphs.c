#include "glyphs.h"

#include "ram.h"

/*
 * Map characters
 *   T tree      . ground    , tall grass  * flowers   m mushrooms  c crystals (solid)   u stump
 *   : path      = bridge    | bridge crossed up and down   ~ water   q reeds
 *   # rock      o boulder   x brambles    y thorn wall     v < > ledges, hopped over that way
 *   R red roof  B blue roof W wall  O window  D open door  d shut door  K locked door
 *   P shop sign I inn sign (on a wall)    G gate shut      g gate open
 *   f fence     S sign      F spring      L shrine cold    e shrine lit
 *   A beacon cold  a beacon lit           E ember          0 battle ground
 *   $ chest     % chest open              & something small lying about
 *   C cave mouth  ^ stairs  i statue      l lamp post      w well      j barrel
 *   H inner wall  V inner window  k shelf  s goods  h hearth  t table  n counter
 *   p plant     b bed       r rug         M mat            z millstone
 *   _ the cave's way out: ground that is an exit    - the same on a path
 */
static const u8 kinds[128] = {
    ['.'] = KIND_GROUND + 1,
    ['*'] = KIND_GROUND + 1,
    ['m'] = KIND_GROUND + 1,
    ['r'] = KIND_GROUND + 1,
    ['g'] = KIND_GROUND + 1,
    ['0'] = KIND_GROUND + 1,
    [','] = KIND_TALL_GRASS + 1,
    [':'] = KIND_PATH + 1,
    ['='] = KIND_PATH + 1,
    ['|'] = KIND_PATH + 1,
    ['~'] = KIND_WATER + 1,
    ['q'] = KIND_WATER + 1,
    ['x'] = KIND_BRAMBLE + 1,
    ['D'] = KIND_EXIT + 1,
    ['C'] = KIND_EXIT + 1,
    ['M'] = KIND_EXIT + 1,
    ['_'] = KIND_EXIT + 1,
    ['-'] = KIND_EXIT + 1,
    ['^'] = KIND_EXIT + 1,
    ['E'] = KIND_ITEM + 1,
    ['&'] = KIND_ITEM + 1,
    ['F'] = KIND_SPRING + 1,
    ['L'] = KIND_SHRINE + 1,
    ['e'] = KIND_SHRINE + 1,
    ['A'] = KIND_SHRINE + 1,
    ['a'] = KIND_SHRINE + 1,
    ['S'] = KIND_SIGN + 1,
    ['v'] = KIND_LEDGE_DOWN + 1,
    ['<'] = KIND_LEDGE_LEFT + 1,
    ['>'] = KIND_LEDGE_RIGHT + 1,
    ['K'] = KIND_LOCKED + 1,
    ['G'] = KIND_LOCKED + 1,
    ['$'] = KIND_CHEST + 1,
    ['%'] = KIND_CHEST + 1,
    ['n'] = KIND_COUNTER + 1,
};

u8 kind_of(char glyph)
{
    u8 kind = kinds[(u8)glyph & 127];
    return kind ? kind - 1 : KIND_WALL;
}

int is_solid(u8 kind)
{
    static const u8 solid[KIND_COUNT] = {
        [KIND_WALL] = 1, [KIND_WATER] = 1, [KIND_ITEM] = 1,   [KIND_SPRING] = 1,  [KIND_SHRINE] = 1,
        [KIND_SIGN] = 1, [KIND_LOCKED] = 1, [KIND_CHEST] = 1, [KIND_COUNTER] = 1,
    };
    return solid[kind];
}

int may_change(char glyph)
{
    static const u8 changing[128] = {
        ['$'] = 1, ['&'] = 1, ['E'] = 1, ['K'] = 1, ['G'] = 1, ['L'] = 1, ['A'] = 1, ['y'] = 1,
    };
    return changing[(u8)glyph & 127];
}
