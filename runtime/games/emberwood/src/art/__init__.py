"""The pictures of Emberwood, drawn as code.

Colours, then shapes (terrain, winter, deeps, buildings, people, monsters, backdrops), then output (__main__).
"""
