"""The ground everything stands on: settings, clock, logs, identifiers. Imports nothing of ours."""
