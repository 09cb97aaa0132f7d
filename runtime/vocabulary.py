"""Names of contexts and scenes, and of what happens in them.

The numbers of contexts and scenes are those of the built-in cartridges' watches `context` and `scene`. All are defaults
(R3): a project's own names are in its file of labels (streams.annotations.vocabulary).
"""

#: What kind of screen it is, by number (R3).
CONTEXTS = (
    "title",
    "overworld",
    "dialogue",
    "battle",
    "menu",
    "inventory",
    "shop",
    "cutscene",
    "transition",
    "game_over",
)

#: What the screen shows, by number (R3).
SCENES = (
    "title",
    "intro",
    "town",
    "route",
    "forest",
    "cave",
    "house",
    "store",
    "dialogue",
    "battle_start",
    "battle_main",
    "battle_item",
    "battle_end",
    "menu_main",
    "menu_items",
    "menu_save",
    "shop_counter",
    "ending",
    "game_over",
)

#: What happened, for labels (A7.6: "damage_dealt"). Our own choice; the source's 17 actions are not named anywhere.
ACTIONS = (
    "damage_dealt",
    "damage_taken",
    "healed",
    "moved",
    "area_entered",
    "talked",
    "item_gained",
    "item_lost",
    "money_changed",
    "progressed",
)

#: What it was done for (A7.6: "attack_enemy"). Our own choice, as above.
INTENTS = (
    "attack_enemy",
    "survive",
    "recover",
    "explore",
    "travel",
    "talk",
    "collect",
    "trade",
    "advance_story",
)

#: What came of it: the outcome options of dtand/rommer-gba, annotation_config.json.
OUTCOMES = ("success", "failure", "partial_success", "blocked_prevented", "interrupted", "ongoing", "neutral")
