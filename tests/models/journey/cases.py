"""Cases in memory, and what rules decide of them in words: no database."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from core.settings import ROOT
from models.act import Act, ActState, Verb
from models.agency import Channel
from models.case import Case
from models.consent import Consent, Manner, data_sets_for
from models.danger import DangerBand
from models.deadline import Deadline, DeadlineKind
from models.departure import Departure, DepartureState, MeasureWish
from models.facts import Facts
from models.journey.digest import digest
from models.measure import Measure, MeasureState
from models.news import News, NewsKind
from models.person import ParentalAuthority, PsyTriage, ResourcesBand, Scheme
from models.question import Choice, Question, QuestionKind
from models.reply import AgencyReply, ReplyKind
from models.request import AgencyRequest, RequestState
from models.step import (
    Ask,
    ChangeChannel,
    Drop,
    Exclude,
    Expect,
    Extend,
    GiveConsent,
    GiveUpAct,
    HandOver,
    Intend,
    MarkOverdue,
    Met,
    MoveDeparture,
    MoveMeasure,
    MoveRequest,
    Note,
    OpenRequest,
    SetProtection,
    Step,
    Transfer,
    WithdrawConsent,
)
from models.territories import load_territory
from models.territory import PathwayCode

# A Monday morning of working days, in winter time.
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
REFERENCE = "21-TESTXX"


def a_case(
    state: DepartureState = DepartureState.ACTIVE,
    *,
    danger: DangerBand = DangerBand.WATCH,
    departs_on: date | None = date(2026, 11, 20),
    facts: Facts | None = None,
    having: Mapping[Measure, MeasureState] | None = None,
    **measures: MeasureState,
) -> Case:
    """Return a departure of Côte-d'Or with these measures, by their codes or as they are named;
    `auu` ongoing if none.
    """
    departure = Departure(
        reference=REFERENCE,
        referral_id=UUID(int=1),
        fingerprint="",
        territory="21",
        referent="ref-21-a",
        state=state,
        round=1,
        danger=danger,
        scheme=Scheme.GENERAL,
        pathway=PathwayCode.ACCOMPANIED,
        departs_on=departs_on,
        opened_at=NOW,
    )
    wanted = {Measure(code): stands for code, stands in measures.items()} | dict(having or {})
    return Case(
        departure=departure,
        territory=load_territory(ROOT / "territories", "21"),
        now=NOW,
        facts=facts or the_facts(),
        elsewhere={"59": "Nord"},
        wishes=[
            MeasureWish(reference=REFERENCE, measure=measure, state=stands)
            for measure, stands in (wanted or {Measure.AUU: MeasureState.ONGOING}).items()
        ],
    )


def the_facts(**otherwise: Any) -> Facts:
    """Return a household about which nothing is doubtful, with some facts written otherwise."""
    plain: dict[str, Any] = {
        "under_26": False,
        "children_under_21": 1,
        "is_allocataire": True,
        "shares_file": False,
        "resources_band": ResourcesBand.UP_TO_HALF,
        "joint_account": False,
        "evidence": [["depot_de_plainte", "2026-11-10"]],
        "parental_authority": ParentalAuthority.SOLE,
        "psy_triage": PsyTriage.UNKNOWN,
        "mail_is_safe": True,
        "channels": ["phone"],
        "windows": [[0, "08:00", "12:00"], [2, "14:00", "16:00"]],
        "may_leave_voicemail": False,
        "caller_id_hidden": True,
        "has_code_word": True,
        "has_cover_story": True,
        "device_compromised": False,
        "shared_accounts": [],
        "excluded_agencies": [],
        "guarded_agencies": [],
    }
    return Facts(reference=REFERENCE, **plain | otherwise)


def a_request(
    case: Case,
    state: RequestState = RequestState.REQUESTED,
    *,
    measure: Measure = Measure.AUU,
    agency: str = "caf-21",
    channel: Channel = Channel.API,
) -> AgencyRequest:
    """Add a request, sent a while ago unless it is a draft."""
    request = AgencyRequest(
        id=len(case.requests) + 1,
        reference=REFERENCE,
        measure=measure,
        agency=agency,
        attempt=case.next_attempt(measure, agency),
        round=case.departure.round,
        channel=channel,
        state=state,
        sent_at=None if state is RequestState.DRAFT else NOW - timedelta(days=1),
        changed_at=NOW - timedelta(hours=1),
    )
    case.requests.append(request)
    return request


def a_question(
    case: Case,
    kind: QuestionKind,
    request: AgencyRequest | None = None,
    *,
    answer: Choice | None = None,
    offer: str | None = None,
    measure: Measure | None = None,
    agency: str | None = None,
    about: str | None = None,
    slot: str | None = None,
) -> Question:
    """Add a question, open or answered a moment ago."""
    number = len(case.questions) + 1
    named = f"{request.id}:" if request else ""
    question = Question(
        id=number,
        reference=REFERENCE,
        slot=slot or f"{kind.value}:{named}{number}",
        kind=kind,
        options=[choice.value for choice in Choice],
        measure=request.measure if request else measure,
        request_id=request.id if request else None,
        agency=request.agency if request else agency,
        offer=offer,
        about=about,
        asked_of="ref-21-a",
        opened_at=NOW,
        due_at=NOW + timedelta(days=2),
        answer=answer,
        answered_at=NOW if answer else None,
        answered_by="ref-21-a" if answer else None,
    )
    case.questions.append(question)
    return question


def a_deadline(
    case: Case,
    kind: DeadlineKind,
    request: AgencyRequest | None = None,
    question: Question | None = None,
    *,
    about: str | None = None,
) -> Deadline:
    """Add a deadline that runs."""
    number = len(case.deadlines) + 1
    deadline = Deadline(
        id=number,
        reference=REFERENCE,
        slot=f"{kind.value}:{number}",
        kind=kind,
        due_at=NOW,
        source="test",
        request_id=request.id if request else None,
        question_id=question.id if question else None,
        measure=request.measure if request else None,
        about=about,
    )
    case.deadlines.append(deadline)
    return deadline


def an_act(case: Case, verb: Verb, request: AgencyRequest, tries: int = 1) -> Act:
    """Add an act that is intended, and was tried."""
    act = Act(
        id=len(case.acts) + 1,
        reference=REFERENCE,
        request_id=request.number,
        verb=verb,
        key=f"{request.key}:{verb.value}",
        state=ActState.INTENDED,
        tries=tries,
        not_before=NOW,
        intended_at=NOW,
    )
    case.acts.append(act)
    return act


def a_yes(case: Case, measure: Measure = Measure.AUU, agency: str = "caf-21") -> None:
    """Add the person's yes for a measure at an agency."""
    case.consents.append(
        Consent(
            id=len(case.consents) + 1,
            reference=REFERENCE,
            measure=measure,
            agency=agency,
            data_sets=data_sets_for(measure),
            manner=Manner.ORAL,
            given_at=NOW - timedelta(days=2),
            given_through="test",
            ends_at=NOW + timedelta(days=178),
        )
    )


def late_news(case: Case, request: AgencyRequest, kind: ReplyKind) -> Question:
    """Add a reply that came too late, and the question that a human answered by taking it up."""
    reply = AgencyReply(event="evt-late", request_key=request.key, kind=kind, said_at=NOW)
    news = News(
        id=90,
        reference=REFERENCE,
        event="test:evt-late",
        kind=NewsKind.REPLY,
        request_id=request.id,
        reply=reply.as_codes(),
        came_at=NOW,
        read_at=NOW,
    )
    case.news.append(news)
    question = a_question(case, QuestionKind.LATE_REPLY, answer=Choice.TAKE_UP)
    question.news_id, question.measure = news.id, request.measure
    return question


# --- What the rules decide, in words


def after_reply(
    case: Case, request: AgencyRequest, kind: ReplyKind, offer: str | None = None
) -> list[str]:
    """Return what a reply changes."""
    reply = AgencyReply(event="evt-1", request_key=request.key, kind=kind, said_at=NOW, offer=offer)
    news = News(
        id=70,
        reference=REFERENCE,
        event="test:evt-1",
        kind=NewsKind.REPLY,
        request_id=request.id,
        reply=reply.as_codes(),
        came_at=NOW,
    )
    return in_words(digest(case, news))


def after_answer(case: Case, question: Question) -> list[str]:
    """Return what an answer changes."""
    news = News(
        id=71,
        reference=REFERENCE,
        event="test:answer",
        kind=NewsKind.ANSWER,
        question_id=question.id,
        came_at=NOW,
    )
    return in_words(digest(case, news))


def after_silence(case: Case, deadline: Deadline) -> list[str]:
    """Return what a deadline that passed changes."""
    deadline.reached_at = NOW
    news = News(
        id=72,
        reference=REFERENCE,
        event="test:deadline",
        kind=NewsKind.DEADLINE,
        deadline_id=deadline.id,
        came_at=NOW,
    )
    return in_words(digest(case, news))


def in_words(steps: Iterable[Step]) -> list[str]:
    """Return steps as words that a table can hold, such as ``request refused``."""
    return [_word(step) for step in steps]


def _word(step: Step) -> str:
    match step:
        case MoveRequest():
            return f"request {step.state}"
        case MoveMeasure():
            return f"{step.measure} {step.state}"
        case MoveDeparture():
            return f"departure {step.state}"
        case OpenRequest():
            return f"open {step.agency} {step.attempt}"
        case Intend():
            return f"act {step.verb} {step.occasion}"
        case GiveUpAct():
            return f"give up {step.act.verb}"
        case Ask():
            return f"ask {step.kind}"
        case Drop():
            return f"drop {step.question.kind}"
        case Expect():
            return f"expect {step.kind}"
        case Met():
            return f"met {step.deadline.kind}"
        case GiveConsent():
            return f"yes {step.measure} {step.agency}"
        case WithdrawConsent():
            return f"no more yes {step.measure}"
        case Note():
            return f"note {step.event}"
    return _rarer_word(step)


def _rarer_word(step: Step) -> str:
    match step:
        case HandOver():
            return f"hand {step.question.kind} to {step.to}"
        case MarkOverdue():
            return f"overdue {step.question.kind}"
        case Extend():
            return f"extend {step.question.kind}"
        case ChangeChannel():
            return f"by {step.channel}"
        case SetProtection():
            return f"{step.kind} {step.state}"
        case Exclude():
            return f"exclude {step.agency}"
        case Transfer():
            return f"go on in {step.territory}"
    return type(step).__name__
