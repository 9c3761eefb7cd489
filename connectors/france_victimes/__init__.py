"""France Victimes — psychological support: gives appointments, by signed callback."""
