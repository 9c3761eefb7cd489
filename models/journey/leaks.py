"""The leak-path guard: what an agency emits by itself, held against the safe-contact sheet."""

from models.about import Doubt
from models.agency import Channel, Emission, Held
from models.case import Case
from models.facts import Facts
from models.measure import Measure
from models.person import AccountKind, ChannelKind, ParentalAuthority
from models.question import Choice, Question, QuestionKind
from models.territory import Agency

_ALONE = (ParentalAuthority.SOLE, ParentalAuthority.SUSPENDED)
# A separate file, an account of one's own: what the doubt was about makes the path safe too.
_SETTLED_WITH = {
    Doubt.SHARED_FILE: Emission.HOUSEHOLD_FILE,
    Doubt.JOINT_ACCOUNT: Emission.BANK_LABEL,
}
_CLEARS = (Choice.PATH_MADE_SAFE, Choice.USE_CALL)


def betrays(emission: Emission, facts: Facts) -> bool:
    """Whether something emitted would come before the eyes of the alleged perpetrator."""
    watched = facts.device_compromised is True
    match emission:
        case Emission.LETTER:
            return not facts.mail_is_safe
        case Emission.HOUSEHOLD_FILE:
            return facts.shares_file
        case Emission.ONLINE_ACCOUNT:
            return watched or facts.is_shared(AccountKind.ONLINE)
        case Emission.EMAIL:
            known = facts.reaches_by(ChannelKind.EMAIL) and not facts.is_shared(AccountKind.EMAIL)
            return watched or not known
        case Emission.SMS:
            known = facts.reaches_by(ChannelKind.SMS) and not facts.is_shared(AccountKind.PHONE)
            return watched or not known
        case Emission.PHONE_CALL:
            by_phone = facts.reaches_by(ChannelKind.PHONE) or facts.reaches_by(ChannelKind.SMS)
            is_own = by_phone and not watched and not facts.is_shared(AccountKind.PHONE)
            return not (is_own or facts.reaches_by(ChannelKind.THIRD_PARTY))
        case Emission.BANK_LABEL:
            return facts.joint_account
        case Emission.SCHOOL_CERTIFICATE:
            return facts.parental_authority not in _ALONE
        case Emission.NOTIFIED_TO_OTHER:
            return True


def leaks(agency: Agency, facts: Facts) -> list[Emission]:
    """Return what an agency emits whatever our request says, and that would betray a departure."""
    return [
        emission
        for emission, held in agency.emits.items()
        if held is Held.ALWAYS and betrays(emission, facts)
    ]


def unsafe_paths(
    case: Case, measure: Measure, agency: str, turn: int | None = None
) -> list[Emission]:
    """Return the paths to the alleged perpetrator that nobody has made safe in a round (None: the
    present one).

    Danger: as long as one is left, nothing is asked of this agency.
    """
    judged = _judged(case, measure, agency, turn)
    cleared = {question.about for question in judged if question.answer in _CLEARS}
    cleared |= {
        emission.value
        for doubt, emission in _SETTLED_WITH.items()
        if _was_settled(case, measure, doubt, turn)
    }
    emitted = leaks(case.territory.agency(agency), case.facts)
    return [emission for emission in emitted if emission.value not in cleared]


def _was_settled(case: Case, measure: Measure, doubt: Doubt, turn: int | None) -> bool:
    answered = case.answers_to(QuestionKind.DOUBT, doubt_slot(case, measure, doubt, turn))
    return any(question.answer is Choice.DOUBT_SETTLED for question in answered)


def doubt_slot(case: Case, measure: Measure, doubt: Doubt, turn: int | None = None) -> str:
    """Return how the occasions of a doubt begin: asked anew in each round."""
    return f"doubt:{turn or case.departure.round}:{measure.value}:{doubt.value}:"


def channel_for(case: Case, measure: Measure, agency: Agency) -> Channel:
    """Return how an agency is asked: by the referent's own voice where that was chosen, or where an
    agent is linked to the alleged perpetrator.
    """
    spoken = case.is_guarded(agency.code) or any(
        question.answer is Choice.USE_CALL for question in _judged(case, measure, agency.code)
    )
    return Channel.CALL if spoken else agency.channel


def is_set_aside(case: Case, measure: Measure, agency: str) -> bool:
    """Whether the referent chose another agency because of what this one emits."""
    judged = _judged(case, measure, agency)
    return any(question.answer is Choice.USE_OTHER_AGENCY for question in judged)


def leak_slot(case: Case, measure: Measure, agency: str, turn: int | None = None) -> str:
    """Return how the occasions of a leak question begin: asked anew in each round."""
    return f"leak:{turn or case.departure.round}:{measure.value}:{agency}:"


def _judged(case: Case, measure: Measure, agency: str, turn: int | None = None) -> list[Question]:
    return case.answers_to(QuestionKind.LEAK_PATH, leak_slot(case, measure, agency, turn))
