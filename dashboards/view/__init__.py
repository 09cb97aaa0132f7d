"""`runtime view`: a session in the terminal. Frames → painter (half blocks, kitty graphics, sixel) → the terminal."""
