"""Which buttons a person holds, in frames. Pure."""

#: A key that goes down and up between two frames is held this long all the same: a game reads its buttons once a frame,
#: and some only every other one.
LEAST_FRAMES = 2

#: Where nothing tells of releases: a press counts this long, a sixth of a second. A terminal repeats a key that is kept
#: down after about half a second, then about 30 times a second (xset's and the Linux console's defaults).
TAP_FRAMES = 10


#: A tap that the game does not get (another actor's buttons win) is given up after half a second.
_GIVE_UP_FRAMES = 30


class Pad:
    """Buttons held, by the frame on which they went down."""

    def __init__(self) -> None:
        self._since: dict[str, int] = {}
        self._until: dict[str, int] = {}  # of those that are let go of at a frame
        self._arrived: set[str] = set()  # the game held them

    def down(self, button: str, frame_index: int) -> None:
        """Hold a button until `up`."""
        self._since.setdefault(button, frame_index)
        self._until.pop(button, None)

    def up(self, button: str, frame_index: int) -> None:
        """Let go of a button, once the game has had time to see it."""
        if button in self._since:
            self._until[button] = max(frame_index, self._since[button] + LEAST_FRAMES)

    def in_game(self, buttons: tuple[str, ...]) -> None:
        """Learn what the game held: on a busy machine several frames arrive at once, and a tap must outlast them."""
        self._arrived.update(button for button in buttons if button in self._since)

    def tap(self, button: str, frame_index: int) -> None:
        """Hold a button for a while from now on."""
        self._since.setdefault(button, frame_index)
        self._until[button] = frame_index + TAP_FRAMES

    def release_all(self) -> None:
        """Hold nothing, as when the window is left with a key down."""
        self._since.clear()
        self._until.clear()
        self._arrived.clear()

    def held(self, frame_index: int) -> tuple[str, ...]:
        """Return the buttons to hold on the frame after this one, in the order in which they went down."""
        for button, until in list(self._until.items()):
            since = self._since[button]
            gone = frame_index >= until and (button in self._arrived or frame_index >= since + _GIVE_UP_FRAMES)
            if gone or frame_index < since - LEAST_FRAMES:  # a replay went back
                del self._until[button], self._since[button]
                self._arrived.discard(button)
        return tuple(self._since)
