"""DangerBand — niveau de danger, from the instrument's own rule or the referent's judgement."""

from enum import StrEnum


class DangerBand(StrEnum):
    """How great the danger is. A score never lowers a human judgement."""

    NOT_ASSESSED = "not_assessed"
    WATCH = "watch"
    HIGH = "high"
    IMMEDIATE = "immediate"
