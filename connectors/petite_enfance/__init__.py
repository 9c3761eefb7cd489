"""Petite enfance — the childcare desk of communes and crèches: slow, often no, waiting lists."""
