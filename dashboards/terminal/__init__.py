"""Commands that show live, replayed and remote sessions in a terminal."""
