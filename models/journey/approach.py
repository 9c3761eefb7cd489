"""Before an agency is asked: nothing leaves along a path to the alleged perpetrator, nor to anybody
linked to them.
"""

from collections.abc import Iterator

from models.act import Verb
from models.agency import Channel, Emission
from models.case import Case
from models.danger import DangerBand
from models.journey.asking import alternative_slot, ask
from models.journey.leaks import channel_for, is_set_aside, leak_slot, unsafe_paths
from models.measure import URGENT, Measure, MeasureState
from models.question import Choice, QuestionKind
from models.request import ENDED, AgencyRequest
from models.step import Drop, MoveMeasure, OpenRequest, Steps
from models.territory import Agency

UNDOING = (Verb.RECALL, Verb.DECLINE_OFFER)
"""What tells an agency that we no longer ask: it keeps its reason after the request has ended."""
_BEYOND_A_CALL = (Emission.BANK_LABEL, Emission.NOTIFIED_TO_OTHER)


def may_leave(case: Case, verb: Verb, request: AgencyRequest) -> bool:
    """Whether an act may leave, at the last moment before it does: with a living yes that covers
    it, along no path to the alleged perpetrator, to nobody linked to them.
    """
    if verb in UNDOING:
        return True
    if case.is_excluded(request.agency):
        return False
    if not case.has_consent(request.measure, request.agency):
        return False
    # By voice, nothing is sent: whoever phones says what must not be emitted. A request leans on
    # what was made safe in the round in which it was made.
    is_spoken = request.channel is Channel.CALL
    return is_spoken or not unsafe_paths(case, request.measure, request.agency, request.round)


def may_be_read(case: Case, request: AgencyRequest) -> bool:
    """Whether an agency may read the person's data at its letterbox: while its request lives and
    the person's yes holds; not after.

    Danger: where an agent is linked to the alleged perpetrator, or where somebody phones instead, a
    link that is still about shows nothing.
    """
    is_linked = case.is_excluded(request.agency) or case.is_guarded(request.agency)
    if is_linked or request.state in ENDED or request.channel is Channel.CALL:
        return False
    return case.has_consent(request.measure, request.agency)


def candidates(case: Case, measure: Measure) -> list[Agency]:
    """Return the agencies that may be asked for a measure, in order: none that was set aside for
    what it emits, none that the person did not want in this round.
    """
    return [
        agency
        for agency in case.agencies_for(measure)
        if not is_set_aside(case, measure, agency.code)
        and not _is_unwanted(case, measure, agency.code)
    ]


def _is_unwanted(case: Case, measure: Measure, agency: str) -> bool:
    answered = case.answers_to(QuestionKind.ALTERNATIVE, alternative_slot(case, measure))
    said = [q.answer for q in answered if q.agency == agency]
    return (bool(said) and said[-1] is Choice.NOT_THIS_AGENCY) or _was_not_renewed(
        case, measure, agency
    )


def _was_not_renewed(case: Case, measure: Measure, agency: str) -> bool:
    ended = [
        question.answered_at
        for question in case.questions
        if question.kind is QuestionKind.RENEW_CONSENT
        and (question.measure, question.agency) == (measure, agency)
        and question.answer is Choice.NOT_THIS_AGENCY
        and question.answered_at is not None
    ]
    given = [
        consent.given_at
        for consent in case.consents
        if (consent.measure, consent.agency) == (measure, agency)
    ]
    return bool(ended) and not any(at > max(ended) for at in given)


def approach(
    case: Case,
    measure: Measure,
    agency: Agency,
    *,
    in_parallel: bool = False,
    ending: AgencyRequest | None = None,
) -> Steps:
    """Ask an agency, or put to the referent what stands in the way.

    In parallel, what is already asked or open for the measure goes on. An agency that is asked
    already is not asked twice, unless that request is `ending` with the same steps.
    """
    asked = [live for live in case.live_requests(measure) if live is not ending]
    if case.is_excluded(agency.code) or any(live.agency == agency.code for live in asked):
        return []
    channel = channel_for(case, measure, agency)
    if unsafe_paths(case, measure, agency.code):
        if not _is_spoken_for(case, measure):
            return ask_leaks(case, measure, agency)
        channel = Channel.CALL
    attempt = case.next_attempt(measure, agency.code)
    # Rule: where places are scarce, the question stays: that one more was asked is no answer.
    is_scarce = case.territory.measures[measure].ask_again is not None
    stays = in_parallel and is_scarce
    overtaken = () if stays else case.open_questions(QuestionKind.NEXT_STEP)
    return [
        *(Drop(question) for question in overtaken if question.measure is measure),
        OpenRequest(measure, agency.code, attempt, channel),
        MoveMeasure(measure, MeasureState.ONGOING),
    ]


def _is_spoken_for(case: Case, measure: Measure) -> bool:
    """Danger: a shelter never waits, and nothing is sent along an unsafe path: somebody phones at
    once, and says what must not be emitted.
    """
    return measure in URGENT and case.departure.danger is DangerBand.IMMEDIATE


def _ways_out(agency: Agency, emission: Emission, *, others: bool) -> Iterator[Choice]:
    yield Choice.PATH_MADE_SAFE
    # Danger: to ask for it on the phone holds back no line on a statement, no summons.
    if agency.channel is not Channel.CALL and emission not in _BEYOND_A_CALL:
        yield Choice.USE_CALL
    if others:
        yield Choice.USE_OTHER_AGENCY
    yield Choice.WAIT
    yield Choice.GIVE_UP


def ask_leaks(case: Case, measure: Measure, agency: Agency) -> Steps:
    """Put each unsafe path to the referent: another channel, another agency, or made safe."""
    others = any(other.code != agency.code for other in candidates(case, measure))
    slot = leak_slot(case, measure, agency.code)
    return [
        ask(
            case,
            QuestionKind.LEAK_PATH,
            f"{slot}{case.times_asked(slot) + 1 + place}",
            tuple(_ways_out(agency, emission, others=others)),
            measure=measure,
            agency=agency.code,
            about=emission.value,
        )
        for place, emission in enumerate(
            one
            for one in unsafe_paths(case, measure, agency.code)
            if not case.awaits(QuestionKind.LEAK_PATH, measure, one.value, agency.code)
        )
    ]
