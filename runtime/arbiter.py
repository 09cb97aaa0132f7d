"""Who presses: many actors propose, the console has one pad."""

from runtime import wire


class Arbiter:
    """Keeps the newest action of each actor and merges them into the buttons of a frame.

    An action made on frame f counts for the frames after it, until its actor's next action and at most `hold_frames`
    long. The highest priority wins; actors of equal priority are merged. None is no opinion.
    """

    def __init__(self, buttons: tuple[str, ...]) -> None:
        self._order = {button: i for i, button in enumerate(buttons)}
        self._actions: dict[str, wire.Action] = {}

    def put(self, action: wire.Action) -> str:
        """Take an action; return what is wrong with it, empty when nothing is."""
        unknown = [button for button in action.buttons or () if button not in self._order]
        if unknown:
            return f"{action.actor} presses {', '.join(unknown)}; there are {', '.join(self._order)}"
        before = self._actions.get(action.actor)
        if before is None or action.frame_index >= before.frame_index:
            self._actions[action.actor] = action
        return ""

    def forget(self) -> None:
        """Release everything, as after a reset."""
        self._actions.clear()

    def held(self, frame_index: int) -> tuple[tuple[str, ...], tuple[wire.Cause, ...]]:
        """Return the buttons to hold during a frame, in the console's order, and their causes, by actor."""
        active = [
            action
            for action in self._actions.values()
            if action.buttons is not None and 0 < frame_index - action.frame_index <= action.hold_frames
        ]
        if not active:
            return (), ()
        top = max(action.priority for action in active)
        winners = sorted((a for a in active if a.priority == top), key=lambda action: action.actor)
        pressed = {button for action in winners for button in action.buttons or ()}
        causes = tuple(
            wire.Cause(
                actor=action.actor,
                buttons=action.buttons or (),
                observed_frame=action.frame_index,
                plan_id=action.plan_id,
                model=action.model,
                reason=action.reason,
            )
            for action in winners
        )
        return tuple(sorted(pressed, key=self._order.__getitem__)), causes
