"""Actors that label frames: live, during a replay, or on a recording (`runtime annotate run`).

watches ─► ground_truth (context, scene) ─┐
changes of watches ─► rules ─► changes  ──┼─► Annotate ─► the session's stream of labels
pictures ─► classifier (suggestions)     ─┘
"""

from agents.annotators.changes import Changes
from agents.annotators.classifier import Classifier
from agents.annotators.ground_truth import GroundTruth

__all__ = ["Changes", "Classifier", "GroundTruth"]
