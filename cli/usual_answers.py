"""What a referent usually answers when things go well: for the demonstration and the stories."""

from models.question import Choice, Question, QuestionKind

USUAL: dict[QuestionKind, tuple[Choice, ...]] = {
    QuestionKind.FIRST_CONTACT: (Choice.REACHED,),
    QuestionKind.DANGER: (Choice.HIGH,),
    QuestionKind.CONFIRM_MEASURE: (Choice.AGREED_ORAL,),
    QuestionKind.DEPARTURE_DAY: (Choice.LEAVES_IN_7_DAYS,),
    QuestionKind.SIGN_PLAN: (Choice.SIGN,),
    QuestionKind.DANGER_NOW: (Choice.SHELTERED,),
    QuestionKind.TELL_RECALL: (Choice.RECALL_TOLD,),
    QuestionKind.OFFER: (Choice.ACCEPT_OFFER,),
    QuestionKind.MISSING_DOCUMENT: (Choice.SUPPLIED,),
    QuestionKind.NEXT_STEP: (
        Choice.KEEP_STOP_GAP,
        Choice.ASK_STOP_GAP,
        Choice.ASK_NEXT_AGENCY,
        Choice.ASK_AGAIN,
        Choice.GIVE_UP,
    ),
    QuestionKind.LATE_REPLY: (Choice.FILE_AWAY,),
    QuestionKind.CONFIRM_DELIVERY: (Choice.CONFIRMED,),
    QuestionKind.FOLLOW_UP: (Choice.STABLE,),
    QuestionKind.CLOSE: (Choice.CLOSE_EXIT,),
    QuestionKind.DOUBT: (Choice.DOUBT_SETTLED,),
    QuestionKind.LEAK_PATH: (Choice.PATH_MADE_SAFE,),
    QuestionKind.NO_AGENCY: (Choice.ARRANGED,),
    QuestionKind.ALTERNATIVE: (Choice.AGREED_ORAL,),
    QuestionKind.CHECKLIST: (Choice.ITEM_DONE,),
    QuestionKind.SUICIDAL_RISK: (Choice.RISK_LIFTED,),
    QuestionKind.NEW_FACT: (Choice.NOTHING_NEW,),
    QuestionKind.PROTECTION: (Choice.OP_GRANTED, Choice.OPPI_GRANTED, Choice.NO_STEP),
    QuestionKind.LEGAL_END: (Choice.RENEWAL_STARTED,),
    QuestionKind.RENEW_CONSENT: (Choice.AGREED_ORAL,),
    QuestionKind.CANNOT_UNDO: (Choice.PERSON_TOLD,),
    QuestionKind.CONFLICT: (Choice.NO_CONFLICT,),
    QuestionKind.TRANSFER: (Choice.STAYS_HERE,),
    QuestionKind.RELAY: (Choice.RELAY_TOLD,),
    QuestionKind.TAKE_BACK: (Choice.TAKE_BACK_NOTHING,),
    QuestionKind.REOPEN: (Choice.REOPEN,),
}
"""What is usual: of several, the first that is offered."""


def usual_answer(question: Question) -> Choice:
    """Return the usual answer to a question."""
    if question.kind is QuestionKind.CALL_AGENCY:
        first = question.slot.endswith(":1")
        return Choice.CALL_ACCEPTED if first else Choice.CALL_DONE
    return next(choice for choice in USUAL[question.kind] if choice.value in question.options)
