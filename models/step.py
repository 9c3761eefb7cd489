"""Step — pas : everything a rule can decide. Rules return steps; the store applies them in one
transaction.
"""

from dataclasses import dataclass
from datetime import date, datetime

from models.act import Act, Verb
from models.agency import Channel
from models.consent import Manner
from models.danger import DangerBand
from models.deadline import Deadline, DeadlineKind
from models.departure import DepartureState, Outcome
from models.journal import Event
from models.measure import Measure, MeasureState
from models.protection import ProtectionKind, ProtectionState
from models.question import Question, QuestionKind
from models.reply import Detail
from models.request import AgencyRequest, RefusalReason, RequestState
from models.territory import LadderStep


@dataclass(frozen=True)
class MoveDeparture:
    """The departure changes state."""

    state: DepartureState
    outcome: Outcome | None = None


@dataclass(frozen=True)
class MoveMeasure:
    """A measure changes state."""

    measure: Measure
    state: MeasureState


@dataclass(frozen=True)
class SetDanger:
    """The band of danger changes."""

    band: DangerBand


@dataclass(frozen=True)
class PlanDeparture:
    """The local day on which the person leaves."""

    day: date


@dataclass(frozen=True)
class StartRound:
    """What was asked before a return home, a revised plan or a closure will be asked again."""


@dataclass(frozen=True)
class GiveConsent:
    """The person said yes for one measure at one agency."""

    measure: Measure
    agency: str
    manner: Manner
    through: str


@dataclass(frozen=True)
class WithdrawConsent:
    """Every living consent for a measure ends, or those at one agency."""

    measure: Measure
    agency: str | None = None


@dataclass(frozen=True)
class OpenRequest:
    """A measure is asked of an agency; by API or letterbox the sending is intended at the same
    instant.
    """

    measure: Measure
    agency: str
    attempt: int
    channel: Channel


@dataclass(frozen=True)
class MoveRequest:
    """A request changes state."""

    request: AgencyRequest
    state: RequestState
    reason: RefusalReason | None = None
    agency_reference: str | None = None
    forced: bool = False
    """True only when a human takes up a late reply: an ended request lives again."""


@dataclass(frozen=True)
class ChangeChannel:
    """A request goes on through another channel."""

    request: AgencyRequest
    channel: Channel


@dataclass(frozen=True)
class Intend:
    """Something will be done at an agency; `occasion` tells two acts of one verb apart."""

    verb: Verb
    request: AgencyRequest
    occasion: str = "1"
    offer: str | None = None


@dataclass(frozen=True)
class FinishAct:
    """An act is known to be done."""

    act: Act


@dataclass(frozen=True)
class Postpone:
    """An act will be tried again, under the same key."""

    act: Act
    until: datetime


@dataclass(frozen=True)
class DoAgain:
    """An act that was done is to be done once more, under the same key: the agency has no trace of
    it.
    """

    act: Act


@dataclass(frozen=True)
class GiveUpAct:
    """An intended act loses its reason, or a human takes it over."""

    act: Act


@dataclass(frozen=True)
class Ask:
    """A question opens, with its own deadline."""

    kind: QuestionKind
    slot: str
    options: tuple[str, ...]
    """Choices, some with what they are about."""
    due_at: datetime
    source: str
    measure: Measure | None = None
    request: AgencyRequest | None = None
    agency: str | None = None
    offer: str | None = None
    detail: Detail | None = None
    about: str | None = None
    day: int | None = None
    news_id: int | None = None
    asked_of: str | None = None
    """None: the departure's referent, or whoever stands in that day."""
    handed_at: datetime | None = None
    """When somebody else is asked, if that is before `due_at`: what is offered does not wait."""


@dataclass(frozen=True)
class Extend:
    """The hour of an open question moves: the agency keeps its offer some hours more, or a danger
    makes it pressing.
    """

    question: Question
    due_at: datetime
    source: str


@dataclass(frozen=True)
class Drop:
    """A question is of no more use."""

    question: Question


@dataclass(frozen=True)
class HandOver:
    """A question was left unanswered: somebody else is asked. The answer of either counts."""

    question: Question
    step: LadderStep
    to: str


@dataclass(frozen=True)
class MarkOverdue:
    """A question was left unanswered, and is handed to nobody: another ladder sees to it, or the
    person is not to be pressed.
    """

    question: Question


@dataclass(frozen=True)
class Expect:
    """A deadline starts to run."""

    kind: DeadlineKind
    slot: str
    due_at: datetime
    source: str
    request: AgencyRequest | None = None
    measure: Measure | None = None
    question: Question | None = None
    rung: int | None = None
    about: str | None = None


@dataclass(frozen=True)
class Met:
    """A deadline no longer runs: what it waited for came, or lost its reason."""

    deadline: Deadline


@dataclass(frozen=True)
class SetProtection:
    """What a judge or a prosecutor decided, and until when it holds."""

    kind: ProtectionKind
    state: ProtectionState
    ends_at: datetime | None
    by: str


@dataclass(frozen=True)
class Exclude:
    """An agency is linked to the alleged perpetrator: it is asked nothing more; or one agent is,
    and only its head is asked.
    """

    agency: str
    by: str
    agent_only: bool = False


@dataclass(frozen=True)
class Transfer:
    """The person goes on in another territory: a new departure opens there, which asks every yes
    anew.
    """

    territory: str
    by: str


@dataclass(frozen=True)
class Note:
    """A line in the journal that no other step writes."""

    event: Event
    measure: Measure | None = None
    agency: str | None = None
    code: str | None = None
    by: str | None = None
    on: datetime | None = None


Step = (
    MoveDeparture
    | MoveMeasure
    | SetDanger
    | PlanDeparture
    | StartRound
    | GiveConsent
    | WithdrawConsent
    | OpenRequest
    | MoveRequest
    | ChangeChannel
    | Intend
    | FinishAct
    | Postpone
    | DoAgain
    | GiveUpAct
    | Ask
    | Extend
    | Drop
    | HandOver
    | MarkOverdue
    | Expect
    | Met
    | SetProtection
    | Exclude
    | Transfer
    | Note
)
Steps = list[Step]
