#include "dialogue.h"

enum { TYPED_PER_FRAME = 2, TYPED_FAST = 6 };

/* Return the text of a page, or 0 past the last one. It ends at \f or \0. */
static const char *page_text(u8 say, u8 page)
{
    const char *text = says[say].text;
    for (; page > 0; page--) {
        while (*text != '\f') {
            if (*text == '\0')
                return 0;
            text++;
        }
        text++;
    }
    return text;
}

static void copy_name(const char *name)
{
    int i = 0;
    for (; i < SPEAKER_BYTES - 1 && name[i]; i++)
        game.dialogue_speaker[i] = name[i];
    for (; i < SPEAKER_BYTES; i++)
        game.dialogue_speaker[i] = 0;
}

static void show_page(void)
{
    const char *text = page_text(game.dialogue_id, game.dialogue_page);
    begin_message();
    for (int i = 0; i < TEXT_BYTES - 1 && text[i] && text[i] != '\f'; i++)
        game.dialogue_text[i] = text[i];
}

void open_text(u8 say, u8 mode)
{
    game.dialogue_id = say;
    game.dialogue_page = 0;
    copy_name(says[say].speaker);
    show_page();
    game.mode = mode;
    game.mode_frames = 0;
}

int text_step(void)
{
    type_message();
    if (!(game.keys_pressed & KEY_A))
        return 0;
    if (page_text(game.dialogue_id, game.dialogue_page + 1)) {
        game.dialogue_page++;
        show_page();
        return 0;
    }
    clear_text();
    return 1;
}

void begin_message(void)
{
    for (int i = 0; i < TEXT_BYTES; i++)
        game.dialogue_text[i] = 0;
    game.dialogue_shown = 0;
}

static void add_character(char character)
{
    int end = 0;
    while (end < TEXT_BYTES - 1 && game.dialogue_text[end])
        end++;
    if (end < TEXT_BYTES - 1)
        game.dialogue_text[end] = character;
}

void add_words(const char *words)
{
    for (; *words; words++)
        add_character(*words);
}

void add_number(u32 number)
{
    if (number >= 10)
        add_number(number / 10);
    add_character('0' + number % 10);
}

int type_message(void)
{
    int speed = game.keys_held & KEY_B ? TYPED_FAST : TYPED_PER_FRAME;
    for (int typed = 0; typed < speed && game.dialogue_text[game.dialogue_shown]; typed++)
        game.dialogue_shown++;
    return !game.dialogue_text[game.dialogue_shown];
}

void clear_text(void)
{
    game.dialogue_id = SAY_NOTHING;
    game.dialogue_page = 0;
    begin_message();
    for (int i = 0; i < SPEAKER_BYTES; i++)
        game.dialogue_speaker[i] = 0;
}
