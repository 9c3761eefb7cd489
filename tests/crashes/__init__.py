"""A process is killed at every point where the world may have changed; nothing is lost."""
