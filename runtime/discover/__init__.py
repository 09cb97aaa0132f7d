"""A first description of an unknown game: *play → trials → candidates → description*.

`play` runs the game and stops at places; from each it tries every button in a branch of its own (`trials`); what
moves in memory with which button makes `candidates`, and these a game.toml (`description`).
"""
