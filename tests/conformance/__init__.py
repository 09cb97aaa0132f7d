"""One suite for all emulators: what a backend must do, asked of each on the ROM `pad` (tests/roms)."""
