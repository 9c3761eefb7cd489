"""Real processes are killed and cut off at random, agencies fail: what must hold still holds."""
