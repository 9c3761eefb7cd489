"""The lists that are gone through with the person: savings to release, an address to hide."""

from models.about import ChecklistItem
from models.case import Case
from models.departure import UNDER_WAY
from models.journey.asking import ask
from models.journey.protections import has_order
from models.measure import CHECKLISTS, Measure, MeasureState
from models.person import EvidenceKind
from models.protection import ProtectionKind
from models.question import Choice, QuestionKind
from models.step import MoveMeasure, Steps

_OPTIONS = (Choice.ITEM_DONE, Choice.ITEM_NOT_NEEDED, Choice.NOT_YET)
_ADDRESS = (
    ChecklistItem.PASSWORDS,
    ChecklistItem.MAIL_HOME,
    ChecklistItem.MAIL_FORWARDING,
    ChecklistItem.VEHICLE_REGISTER,
)


def items(case: Case, measure: Measure) -> list[ChecklistItem]:
    """Return the lines of a list, in the order in which they make sense today."""
    if measure is Measure.SAVINGS:
        # Law: an OP or a criminal follow-up opens the savings; a bare complaint does not
        # (C. trav. R3324-22).
        if not _may_release(case) and not _is_done(case, ChecklistItem.SAVINGS_PROOF):
            return [ChecklistItem.SAVINGS_PROOF]
        return [ChecklistItem.SAVINGS_ACCOUNT, ChecklistItem.SAVINGS_FILED]
    # Law: the electoral roll hides an address on an OP (loi n° 2024-536).
    hidden = (ChecklistItem.ELECTORAL_ROLL,) if _holds_order(case) else ()
    return [*_ADDRESS, *hidden]


def lists(case: Case) -> Steps:
    """Go through each list that is in the plan; it is settled once each line is."""
    if case.departure.state not in UNDER_WAY:
        return []
    return [
        step
        for wish in case.wishes
        if wish.measure in CHECKLISTS and wish.state in (MeasureState.AGREED, MeasureState.ONGOING)
        for step in _go_through(case, wish.measure, wish.state)
    ]


def _go_through(case: Case, measure: Measure, state: MeasureState) -> Steps:
    missing = [item for item in items(case, measure) if not case.times_asked(_slot(case, item))]
    asked = [
        ask(
            case,
            QuestionKind.CHECKLIST,
            f"{_slot(case, item)}1",
            _OPTIONS,
            measure=measure,
            about=item.value,
        )
        for item in missing
    ]
    if state is MeasureState.AGREED:
        return [MoveMeasure(measure, MeasureState.ONGOING), *asked]
    if asked or case.awaits(QuestionKind.CHECKLIST, measure):
        return list(asked)
    # The person was there at each line: no agency has anything to say.
    return [MoveMeasure(measure, MeasureState.CONFIRMED)]


def _slot(case: Case, item: ChecklistItem) -> str:
    return f"list:{case.departure.round}:{item.value}:"


def _is_done(case: Case, item: ChecklistItem) -> bool:
    answered = case.answers_to(QuestionKind.CHECKLIST, _slot(case, item))
    return any(question.answer is Choice.ITEM_DONE for question in answered)


def _holds_order(case: Case) -> bool:
    return has_order(case) or bool(case.facts.newest_evidence(EvidenceKind.PROTECTION_ORDER))


def _may_release(case: Case) -> bool:
    return _holds_order(case) or case.protection(ProtectionKind.PROSECUTION) is not None
