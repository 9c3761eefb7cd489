"""The door: what comes in from prescribers and agencies. It stores, rings, decides nothing."""
