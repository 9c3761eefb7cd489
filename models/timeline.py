"""The journal told in French: one sentence a line, codes turned into words."""

from enum import StrEnum

from models.act import Result, Verb
from models.agency import Channel
from models.consent import Manner
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import DepartureState, Outcome
from models.journal import Event, JournalEntry
from models.labels import label
from models.measure import Measure, MeasureState
from models.protection import ProtectionKind, ProtectionState
from models.question import Choice, QuestionKind, Wish
from models.reply import Detail, ReplyKind
from models.request import RefusalReason, RequestState
from models.standing import Standing
from models.territory import LadderStep, Territory
from models.wording import agency_name, local_hour

# What each part of an event's code is: `first_contact:reached` is a question, then a choice.
_PARTS: dict[Event, tuple[tuple[type[StrEnum], ...], ...]] = {
    Event.QUESTION_ASKED: ((QuestionKind,),),
    Event.QUESTION_ANSWERED: ((QuestionKind,), (Choice,), (Measure,)),
    Event.ANSWER_TOO_LATE: ((QuestionKind,), (Choice,), (Measure,)),
    Event.QUESTION_DROPPED: ((QuestionKind,),),
    Event.QUESTION_OVERDUE: ((QuestionKind,), (LadderStep,)),
    Event.OFFER_EXTENDED: ((QuestionKind,),),
    Event.LADDER_CLIMBED: ((LadderStep,),),
    Event.PROTECTION_NOTED: ((ProtectionKind,), (ProtectionState,)),
    Event.WISH_EXPRESSED: ((Wish,),),
    Event.DANGER_SET: ((DangerBand,),),
    Event.DEPARTURE_MOVED: ((DepartureState,), (Outcome,)),
    Event.MEASURE_MOVED: ((MeasureState,),),
    Event.CONSENT_GIVEN: ((Manner,),),
    Event.REQUEST_OPENED: ((Channel,),),
    Event.REQUEST_MOVED: ((RequestState,), (RefusalReason,)),
    Event.CHANNEL_CHANGED: ((Channel,),),
    Event.ACT_INTENDED: ((Verb,),),
    Event.ACT_DONE: ((Verb,),),
    Event.ACT_FAILED: ((Verb,), (Result,)),
    Event.ACT_GIVEN_UP: ((Verb,),),
    Event.REPLY_RECEIVED: ((ReplyKind, Standing), (RefusalReason, Detail)),
    Event.REPLY_TOO_LATE: ((ReplyKind,), (RefusalReason, Detail)),
    Event.INFORMATION_RECEIVED: ((ReplyKind,), (Detail,)),
    Event.DEADLINE_REACHED: ((DeadlineKind,),),
}

# How a line written before 0.2 names a measure that is taken back.
_TAKEN_BACK = "take_back_"


def sentence(entry: JournalEntry, territory: Territory) -> str:
    """Return a line of the journal as a referent reads it."""
    about = [label(entry.measure)] if entry.measure else []
    if entry.agency:
        about.append(agency_name(entry.agency, territory))
    words = [label(entry.event), *_words(entry)]
    said = " : ".join(word for word in words if word)
    when = f" ({local_hour(entry.on, territory)})" if entry.on else ""
    return " — ".join([*about, said]) + when


def _words(entry: JournalEntry) -> list[str]:
    parts = (entry.code or "").split(":")
    kinds = _PARTS.get(entry.event, ())
    return [
        _word(part, kinds[place] if place < len(kinds) else ()) for place, part in enumerate(parts)
    ]


def _word(code: str, kinds: tuple[type[StrEnum], ...]) -> str:
    if code.startswith(_TAKEN_BACK) and code.removeprefix(_TAKEN_BACK) in set(Measure):
        return f"{label(Choice.TAKE_BACK)} : {label(Measure(code.removeprefix(_TAKEN_BACK)))}"
    for kind in kinds:
        if code in {member.value for member in kind}:
            return label(kind(code))
    return code
