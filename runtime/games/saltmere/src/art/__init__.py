"""The pictures of Saltmere, drawn as code.

Colours, then shapes (shore, marsh, houses, rooms, people, monsters), then output (cells, __main__).
"""
