"""Rehearsal — répétition : what one pass over each open departure would come to, in codes.

It goes as JSON from one release to another: a code is text here, for the other release may know
codes that this one does not.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

FORMAT = 1
"""What two releases must share to be compared."""

NOW, SILENCE, ANSWER = "now", "silence", "answer"


class _Told(BaseModel):
    """One thing that a rehearsal tells; what a later release adds to it is not read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PlannedAct(_Told):
    """An act that would leave, or that is held or waits."""

    key: str
    """The idempotency key that the agency would see."""
    verb: str
    measure: str
    agency: str
    offer: str | None = None
    at: datetime
    """When it would leave."""
    held: bool = False
    """At the last moment, nothing leaves: no living yes, or a path to the alleged perpetrator."""

    @property
    def subject(self) -> tuple[str | None, ...]:
        """What it does to whom, whatever its key."""
        return (self.verb, self.measure, self.agency, self.offer)


class PlannedQuestion(_Told):
    """A question that would be open."""

    kind: str
    measure: str | None = None
    agency: str | None = None
    about: str | None = None
    request: str | None = None
    """Key of the request it speaks of."""
    offer: str | None = None
    detail: str | None = None
    day: int | None = None
    options: tuple[str, ...] = ()
    asked_of: str = ""
    wording: str = ""
    """Digest of the words that the form shows."""
    due_at: datetime

    @property
    def subject(self) -> tuple[str | int | None, ...]:
        """What it asks, of which request."""
        return (*self.matter, self.request, self.detail)

    @property
    def matter(self) -> tuple[str | int | None, ...]:
        """What it asks: once answered, not to be asked again without a reason."""
        return (self.kind, self.measure, self.agency, self.about, self.offer, self.day)


class PlannedDeadline(_Told):
    """A deadline that would run."""

    kind: str
    measure: str | None = None
    agency: str | None = None
    about: str | None = None
    request: str | None = None
    rung: int | None = None
    question: tuple[str | int | None, ...] | None = None
    """Subject of the question that it speaks of."""
    due_at: datetime

    @property
    def subject(self) -> tuple[object, ...]:
        """What it waits for."""
        return (
            self.kind,
            self.measure,
            self.agency,
            self.about,
            self.request,
            self.rung,
            self.question,
        )


class Occasion(_Told):
    """What a pass is rehearsed on: as things are, a deadline that passes, an answer."""

    what: str = NOW
    number: int | None = None
    """Of the deadline, or of the question."""
    kind: str | None = None
    option: str | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """The same in both releases."""
        return (self.what, self.number, self.option)


class Plan(_Told):
    """How a departure would stand after one pass, every agency having taken what was sent."""

    occasion: Occasion
    broken: str | None = None
    """The kind of defect that stopped the pass; then nothing else is told."""
    state: str = ""
    measures: dict[str, str] = {}
    requests: dict[str, str] = {}
    """State and channel, by key."""
    acts: tuple[PlannedAct, ...] = ()
    questions: tuple[PlannedQuestion, ...] = ()
    deadlines: tuple[PlannedDeadline, ...] = ()


class DepartureRehearsed(_Told):
    """One departure: what is behind it, and a plan for each occasion."""

    reference: str
    done: tuple[PlannedAct, ...] = ()
    """The acts that left, or may have."""
    answered: tuple[PlannedQuestion, ...] = ()
    plans: tuple[Plan, ...]


class Rehearsal(_Told):
    """Every open departure, rehearsed at one instant of the journey."""

    format: int = FORMAT
    at: datetime
    departures: tuple[DepartureRehearsed, ...]
