"""The agencies as real HTTP servers, each in its own manner, with faults that can be ordered."""
