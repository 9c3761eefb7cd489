"""Steps told in French: everything a rule can decide, as the third column of the tables says it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import assert_never

from models.about import ABOUT, Right
from models.act import Act
from models.case import Case
from models.deadline import DeadlineKind
from models.journal import Event
from models.labels import label
from models.protection import ProtectionKind
from models.question import Question, QuestionKind
from models.step import (
    Ask,
    ChangeChannel,
    DoAgain,
    Drop,
    Exclude,
    Expect,
    Extend,
    FinishAct,
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
    PlanDeparture,
    Postpone,
    SetDanger,
    SetProtection,
    StartRound,
    Step,
    Transfer,
    WithdrawConsent,
)
from models.territory import LadderStep
from models.wording import about_name, option_label
from tests.decisions.names import lowered, named, of, to
from tests.decisions.when import by_when, date_of, expected

NOTHING = "rien de plus"

# What the second column says already: that it was said is no consequence.
_SAID_ALREADY = frozenset(
    {
        Event.REPLY_RECEIVED,
        Event.INFORMATION_RECEIVED,
        Event.DEADLINE_REACHED,
        Event.WISH_EXPRESSED,
    }
)

# To answer a question, or to drop it, ends the wait for its answer; a yes that no request leans on
# any more is not watched.
_ENDS_UNTOLD = frozenset(
    {DeadlineKind.QUESTION, DeadlineKind.CONSENT_WARNING, DeadlineKind.CONSENT_END}
)


@dataclass(frozen=True)
class Clause:
    """One thing that follows. Neighbours that begin and end alike are told in one breath."""

    begins: str
    says: str
    ends: str = ""


def sentence(clauses: Iterable[Clause]) -> str:
    """Return what follows, as one sentence of a table."""
    told: list[str] = []
    for (begins, ends), alike in groupby(clauses, key=lambda clause: (clause.begins, clause.ends)):
        says = [clause.says for clause in alike if clause.says]
        if ends:
            about = f" ({' + '.join(says)})" if says else ""
            told.append(f"{begins}{about}{ends}")
        else:
            told += [f"{begins} : {', '.join(_counted(says))}"] if begins else says
    return " ; ".join(told) or NOTHING


def _counted(says: list[str]) -> list[str]:
    return [f"{one} ({n} fois)" if n > 1 else one for one, n in Counter(says).items()]


def tell(step: Step, case: Case) -> list[Clause]:
    """Return what a step says, told just before it is applied; nothing when it changes nothing."""
    match step:
        case MoveDeparture() | SetDanger() | PlanDeparture() | StartRound() | Transfer():
            return [Clause("", _of_the_departure(step, case))]
        case MoveMeasure():
            wish = case.wish(step.measure)
            same = wish is not None and wish.state is step.state
            return [] if same else [Clause(label(step.measure), lowered(label(step.state)))]
        case GiveConsent() | WithdrawConsent():
            return list(_of_a_yes(step, case))
        case OpenRequest() | MoveRequest() | ChangeChannel():
            return list(_of_a_request(step))
        case Intend() | FinishAct() | Postpone() | DoAgain() | GiveUpAct():
            return list(_of_an_act(step, case))
        case Ask() | Extend() | Drop() | HandOver() | MarkOverdue():
            return list(_of_a_question(step, case))
        case Expect() | Met():
            return list(_of_a_deadline(step, case))
        case SetProtection():
            return [Clause(label(step.kind), _protection(step, case))]
        case Exclude():
            around = f"on ne s'adresse plus qu'à la direction {of(step.agency)}"
            left = f"plus rien n'est demandé {to(step.agency)}"
            return [Clause("", around if step.agent_only else left)]
        case Note():
            return list(_of_the_journal(step))
    assert_never(step)


def _protection(step: SetProtection, case: Case) -> str:
    if step.ends_at is None:
        return label(step.state)
    return f"{label(step.state)} jusqu'au {date_of(case, step.ends_at).removeprefix('le ')}"


def _of_the_departure(
    step: MoveDeparture | SetDanger | PlanDeparture | StartRound | Transfer, case: Case
) -> str:
    match step:
        case MoveDeparture():
            outcome = f" ({label(step.outcome)})" if step.outcome else ""
            return f"départ : {lowered(label(step.state))}{outcome}"
        case SetDanger():
            return f"danger : {lowered(label(step.band))}"
        case PlanDeparture():
            return f"jour du départ : {step.day:%d/%m/%Y}"
        case StartRound():
            return "ce qui avait été demandé pourra l'être de nouveau"
        case Transfer():
            return f"un départ s'ouvre dans l'autre territoire : {case.elsewhere[step.territory]}"
    assert_never(step)


def _of_a_yes(step: GiveConsent | WithdrawConsent, case: Case) -> Iterator[Clause]:
    match step:
        case GiveConsent():
            yield Clause("accord noté", f"{named(step.agency)} ({lowered(label(step.manner))})")
        case WithdrawConsent():
            living = [
                consent.agency
                for consent in case.consents
                if consent.measure is step.measure and consent.withdrawn_at is None
            ]
            for agency in living:
                if step.agency in (None, agency):
                    yield Clause("accord retiré", named(agency))
        case _:
            assert_never(step)


def _of_a_request(step: OpenRequest | MoveRequest | ChangeChannel) -> Iterator[Clause]:
    match step:
        case OpenRequest():
            nth = f" ({step.attempt}e demande)" if step.attempt > 1 else ""
            channel = lowered(label(step.channel))
            yield Clause(f"demande ouverte {to(step.agency)}{nth}", channel)
        case MoveRequest():
            begins = f"demande {to(step.request.agency)}"
            if step.request.state is not step.state:
                reason = f" ({lowered(label(step.reason))})" if step.reason else ""
                again = " (reprise)" if step.forced else ""
                yield Clause(begins, f"{lowered(label(step.state))}{again}{reason}")
            elif step.agency_reference:
                yield Clause(begins, "référence de l'organisme notée")
        case ChangeChannel():
            channel = lowered(label(step.channel))
            yield Clause(f"demande {to(step.request.agency)}", f"passe par : {channel}")
        case _:
            assert_never(step)


def _of_an_act(
    step: Intend | FinishAct | Postpone | DoAgain | GiveUpAct, case: Case
) -> Iterator[Clause]:
    match step:
        case Intend():
            offer = f" (place {step.offer})" if step.offer else ""
            says = f"{lowered(label(step.verb))}{offer}"
            yield Clause(f"à faire auprès {of(step.request.agency)}", says)
        case FinishAct():
            yield Clause("fait", lowered(label(step.act.verb)))
        case Postpone():
            yield Clause("remis", lowered(label(step.act.verb)))
        case DoAgain():
            yield Clause("à refaire sous la même clé", _named_act(step.act, case))
        case GiveUpAct():
            if step.act in case.pending_acts():
                yield Clause("abandonné", _named_act(step.act, case))
        case _:
            assert_never(step)


def _named_act(act: Act, case: Case) -> str:
    return f"{lowered(label(act.verb))} ({named(case.request(act.request_id).agency)})"


def _of_a_question(
    step: Ask | Extend | Drop | HandOver | MarkOverdue, case: Case
) -> Iterator[Clause]:
    match step:
        case Ask():
            if not case.has_asked(step.slot):
                yield _asked(step, case)
        case Extend():
            until = date_of(case, step.due_at).removeprefix("le ")
            yield Clause("", f"{_quoted(step.question)} : réponse possible jusqu'au {until}")
        case Drop():
            if step.question.is_open:
                yield Clause("question sans objet", _quoted(step.question))
        case HandOver():
            unanswered = f"{_quoted(step.question)} reste sans réponse"
            yield Clause("", f"{unanswered} : {label(step.step)} ({step.to})")
        case MarkOverdue():
            yield Clause("en retard", _quoted(step.question))
        case _:
            assert_never(step)


def _asked(step: Ask, case: Case) -> Clause:
    about = ", ".join([*_subject(step), *([f"J+{step.day}"] if step.day else [])])
    whom = f", confiée à {step.asked_of}" if step.asked_of else ""
    options = _in_one_breath([option_label(option, case) for option in step.options])
    ends = f"{whom}, à répondre {by_when(case, step)} : {options}"
    return Clause(f"question « {label(step.kind)} »", about, ends)


def _subject(step: Ask) -> Iterator[str]:
    if step.kind is QuestionKind.OFFER:
        yield f"place {step.offer or 'sans numéro'}"
    if step.detail:
        yield lowered(label(step.detail))
    if step.about:
        yield _about(step.kind, step.about)
    if step.kind in _BY_MEASURE and step.measure:
        yield label(step.measure)
    if step.kind in _BY_AGENCY and step.agency:
        yield named(step.agency)
    if step.kind is QuestionKind.NEXT_STEP and step.request:
        if step.agency and step.agency != step.request.agency:
            yield f"organisme suivant : {named(step.agency)}"


_BY_MEASURE = frozenset({QuestionKind.CONFIRM_MEASURE, QuestionKind.CONFIRM_DELIVERY})
_BY_AGENCY = frozenset(
    {
        QuestionKind.CALL_AGENCY,
        QuestionKind.TELL_RECALL,
        QuestionKind.ALTERNATIVE,
        QuestionKind.LEAK_PATH,
        QuestionKind.RENEW_CONSENT,
        QuestionKind.CANNOT_UNDO,
        QuestionKind.LATE_REPLY,
        QuestionKind.CONFIRM_MEASURE,
    }
)


def _about(kind: QuestionKind, code: str) -> str:
    return next(label(one(code)) for one in ABOUT[kind] if code in {m.value for m in one})


def _in_one_breath(options: list[str]) -> str:
    """Return options with what they begin with told once: ``Appel fait : refus, aucune place``."""
    told = []
    parted = [option.rpartition(" : ") for option in options]
    for begins, alike in groupby(parted, key=lambda parts: parts[0]):
        says = [parts[2] for parts in alike]
        told.append(f"{begins} : {', '.join(says)}" if begins else " / ".join(says))
    return " / ".join(told)


def _quoted(question: Question) -> str:
    about = about_name(question) or (f"place {question.offer}" if question.offer else "")
    return f"« {label(question.kind)} »" + (f" ({about})" if about else "")


def _of_a_deadline(step: Expect | Met, case: Case) -> Iterator[Clause]:
    match step:
        case Expect():
            if not case.has_expected(step.slot):
                yield _awaited(step, case)
        case Met():
            if step.deadline.is_running and step.deadline.kind not in _ENDS_UNTOLD:
                yield Clause("plus attendu", lowered(label(step.deadline.kind)))
        case _:
            assert_never(step)


def _awaited(step: Expect, case: Case) -> Clause:
    told = _SET.get(step.kind)
    when = expected(case, step)
    return told(step, when) if told else Clause("attendu", f"{lowered(label(step.kind))} {when}")


def _ends(step: Expect, when: str) -> Clause:
    kinds: tuple[type[StrEnum], ...] = (Right, ProtectionKind)
    known = next(kind for kind in kinds if step.about in {member.value for member in kind})
    return Clause("", f"rappel {when} avant la fin : {label(known(step.about or ''))}")


_SET: dict[DeadlineKind, Callable[[Expect, str], Clause]] = {
    DeadlineKind.QUESTION: lambda step, when: Clause("", f"nouvelle échéance {when}"),
    DeadlineKind.LADDER: lambda step, when: Clause("", f"marche suivante {when}"),
    DeadlineKind.RETRY: lambda step, when: Clause("", f"nouvel essai {when}, même clé"),
    DeadlineKind.ASK_AGAIN: lambda step, when: Clause(
        "", f"{_quoted(step.question) if step.question else 'question'} reposée {when}"
    ),
    DeadlineKind.START: lambda step, when: Clause("", f"la demande partira {when}"),
    DeadlineKind.FOLLOW_UP: lambda step, when: Clause("", f"{step.source} {when}"),
    DeadlineKind.REASK: lambda step, when: Clause("", f"redemandée d'elle-même {when}"),
    DeadlineKind.DANGER_REVIEW: lambda step, when: Clause("", f"danger réévalué {when}"),
    DeadlineKind.LEGAL_END: _ends,
    DeadlineKind.CONSENT_WARNING: lambda step, when: Clause("accord", f"à renouveler {when}"),
    DeadlineKind.CONSENT_END: lambda step, when: Clause("accord", f"fin {when}"),
}


def _of_the_journal(step: Note) -> Iterator[Clause]:
    if step.event in _SAID_ALREADY:
        return
    if step.event is Event.LADDER_CLIMBED:
        yield Clause("marche franchie", label(LadderStep(step.code or "")))
    else:
        yield Clause("au journal", lowered(label(step.event)))
