"""Emergencies: asked on every frame before anything else (requirement C4.8), and kept from ruling for ever."""

from collections.abc import Sequence

from agents.reflex.matcher import FastPatternMatcher
from agents.reflex.moment import Moment
from agents.reflex.rules import Rule

#: Frames for which one emergency is answered in one go, six steps, and for which it then does not count: what did not
#: help in that time will not, and slower actors must have their way. An enemy's place may be old news, too.
LASTS_FRAMES, RESTS_FRAMES = 48, 240


class EmergencyDetector:
    """The emergency table, with how long each rule has been at it."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._matchers = tuple(FastPatternMatcher([rule]) for rule in rules)
        self._began = [-RESTS_FRAMES] * len(rules)  # the frame on which each was answered first, in one go
        self._last = [-RESTS_FRAMES] * len(rules)

    def check(self, moment: Moment, *, critical: bool = False) -> Rule | None:
        """Return the emergency to answer; None when there is none.

        Args:
            moment: The frame.
            critical: Whether only those count that interrupt a plan.
        """
        now = moment.frame_index
        for i, matcher in enumerate(self._matchers):
            tired = self._last[i] - self._began[i] >= LASTS_FRAMES
            if tired and now - self._last[i] < RESTS_FRAMES:
                continue
            rule = matcher.classify(moment.values, critical=critical)
            if rule is None:
                continue
            if tired or now - self._last[i] >= LASTS_FRAMES:
                self._began[i] = now
            self._last[i] = now
            return rule
        return None
