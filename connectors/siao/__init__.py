"""SIAO / 115 — emergency housing: proposes places that are gone after a few hours."""
