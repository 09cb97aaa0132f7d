#include "people.h"

#include "places.h"
#include "progress.h"
#include "walk.h"

enum { SLIDE_PIXELS = 16 };

static int is_about(const struct person *person)
{
    return !flag_is_set(person->gone_flag) && (!person->here_flag || flag_is_set(person->here_flag));
}

static void place(int i)
{
    const struct person *person = &people[i];
    struct actor *actor = ACTOR(i);
    actor->id = i + 1;
    actor->area = is_about(person) ? person->area : AREA_NONE;
    actor->x = person->x;
    actor->y = person->y;
    actor->facing = person->facing;
    actor->slide = 0;
    actor->wait = person->wait;
}

void place_people(void)
{
    for (int i = 0; i < PERSON_COUNT; i++)
        place(i);
}

void refresh_people(void)
{
    for (int i = 0; i < PERSON_COUNT; i++) {
        int about = is_about(&people[i]);
        if (!about)
            ACTOR(i)->area = AREA_NONE;
        else if (ACTOR(i)->area == AREA_NONE && !people[i].enemy)
            place(i);
    }
}

void revive_monsters(void)
{
    for (int i = 0; i < PERSON_COUNT; i++)
        if (people[i].enemy && ACTOR(i)->area == AREA_NONE)
            place(i);
}

struct actor *actor_at(u8 x, u8 y)
{
    for (int i = 0; i < PERSON_COUNT; i++) {
        struct actor *actor = ACTOR(i);
        if (actor->area == game.area && actor->x == x && actor->y == y)
            return actor;
    }
    return 0;
}

const struct person *person_of(const struct actor *actor)
{
    return &people[actor->id - 1];
}

/* Returns whether the player stood in the way. */
static int wander(struct actor *actor, const struct person *person)
{
    u32 roll = next_random() >> 8; /* xorshift's low bits are its weakest */
    actor->wait = person->wait;
    u8 facing = roll & 3;
    if (roll & 4)
        return 0;
    u8 x = actor->x + step_x[facing];
    u8 y = actor->y + step_y[facing];
    actor->facing = facing;
    if (x == game.player_x && y == game.player_y)
        return 1;
    u8 kind = tile_at(x, y);
    int outside = x < person->left || x > person->right || y < person->top || y > person->bottom;
    if (outside || actor_at(x, y) || (kind != KIND_GROUND && kind != KIND_PATH))
        return 0;
    actor->x = x;
    actor->y = y;
    actor->slide = SLIDE_PIXELS;
    return 0;
}

struct actor *step_people(void)
{
    struct actor *attacker = 0;
    for (int i = 0; i < PERSON_COUNT; i++) {
        const struct person *person = &people[i];
        struct actor *actor = ACTOR(i);
        if (actor->area != game.area || !person->wait)
            continue;
        if (actor->slide)
            actor->slide--;
        else if (--actor->wait == 0 && wander(actor, person) && person->enemy)
            attacker = actor;
    }
    return attacker;
}
