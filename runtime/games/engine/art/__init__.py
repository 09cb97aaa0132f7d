"""What the cartridges' pictures are drawn with. Each cartridge's own `src/art` holds its colours and shapes.

Palette and canvas, then shapes (joins, bodies, items, sculpture), then output (writing).
"""
