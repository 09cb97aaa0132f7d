"""Record → replay → dataset: what crossed the bus is kept here, comes back, and becomes a training set."""
