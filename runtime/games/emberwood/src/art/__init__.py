"""The pictures of Emberwood, drawn as code.

Colours, then shapes (terrain, winter, buildings, furniture, people, monsters, backdrops), then output (__main__).
"""
