"""Whether a chain of the audit is as it was written: read once, from its first line to its head."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest

from models.audit import START, Line, digest_of


class BreakKind(StrEnum):
    """How a chain can be broken."""

    ALTERED = "altered"
    MISSING = "missing"
    REORDERED = "reordered"
    ADDED = "added"
    TRUNCATED = "truncated"
    UNSEALED = "unsealed"
    """Its head is gone, or is not the one that was sealed."""
    OTHER_KEY = "other_key"
    """Its head was sealed with a key that this process does not have."""


@dataclass(frozen=True)
class Break:
    """Where a chain stops being what was written."""

    chain: str
    line: int
    kind: BreakKind


@dataclass(frozen=True)
class Head:
    """The head of a chain, as found. `broken`: what is wrong with its seal, if anything is."""

    number: int
    digest: bytes
    broken: BreakKind | None


def first_break(lines: Iterable[Line], head: Head | None) -> tuple[int, BreakKind] | None:
    """Return the first line at which a chain is broken, and how; None when it is whole.

    The lines are in the order of their numbers. Holds one of them at a time.
    """
    expected, before, at_head = 1, START, None
    for line in lines:
        if line.number != expected:
            gap = line.number > expected
            return (expected, BreakKind.MISSING) if gap else (line.number, BreakKind.ADDED)
        if not compare_digest(digest_of(line), line.digest):
            return expected, BreakKind.ALTERED
        if line.previous != before:
            return expected, BreakKind.REORDERED
        if head is not None and line.number == head.number:
            at_head = line.digest
        expected, before = expected + 1, line.digest
    return _broken_end(expected - 1, at_head, head)


def _broken_end(
    last: int, at_head: bytes | None, head: Head | None
) -> tuple[int, BreakKind] | None:
    if head is None:
        return last, BreakKind.UNSEALED
    if head.broken is not None:
        return last, head.broken
    if last < head.number:
        return last + 1, BreakKind.TRUNCATED
    if last > head.number:
        return head.number + 1, BreakKind.ADDED
    # Danger: whoever can write may compute digests anew, from any line to the last; not the seal.
    return None if at_head == head.digest else (last, BreakKind.ALTERED)
