"""Letterbox — for an agency without an API: a message that says nothing, and a link to the door."""
