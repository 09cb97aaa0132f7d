"""Record → replay → dataset: what crossed the bus is kept here, comes back, and becomes a training set.

For scripts and notebooks: `open_recording`. For trainers that learn while the game is played: `follow`; for PyTorch
`streams.torch_dataset`.
"""

from streams.following import Following, follow
from streams.recording import Recording, open_recording

__all__ = ["Following", "Recording", "follow", "open_recording"]
