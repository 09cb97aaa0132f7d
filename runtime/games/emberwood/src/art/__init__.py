"""The pictures of Emberwood, drawn as code.

Colours and the drawing surface (canvas), then shapes (terrain, buildings, pictures), then output (__main__).
"""
