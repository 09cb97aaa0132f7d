"""One folder per game: `game.toml`, and for our own games the ROM and its source. See `runtime.game`."""
