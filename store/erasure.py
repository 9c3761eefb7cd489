"""Erasing a person: the key first in meaning, for it shreds the backups too; then whatever rows
still speak of them. The course stays, in codes.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, delete, select, update

from core.clock import SystemClock
from models.act import Act, ActState
from models.departure import Departure, DepartureState
from models.facts import Facts
from models.journal import Event
from models.letterbox import LetterboxLink, LetterboxNotice
from models.news import News
from models.protection import Protection
from models.question import Question
from models.request import AgencyRequest
from models.suspension import Suspension
from models.vault_entry import OWN_KEY, VaultEntry
from store.clock import clock_in
from store.engine import session
from store.envelope import SealBroken
from store.journal import write
from store.leases import is_held
from store.letterbox import link_tokens
from store.master_keys import VaultKeyInvalid
from store.runs import CARRIED_BY_NOBODY
from store.vault import forget

# Rule: what an agency numbered, or paid, points at one file there. The rest of a reply is codes.
_POINTS_AT_A_FILE = ("agency_reference", "offer", "cents")


class ErasureRefused(Exception):
    """Nothing was erased. Says all that stands in the way, in French, by reference."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems)


@dataclass(frozen=True)
class Erased:
    """What was erased: a departure, and those it came from or moved to."""

    references: list[str]
    flow_runs: list[UUID]
    """The runs of Prefect that still show codes of the course."""
    sealed_before: bool
    """Whether a seal of the release before was among them: the master key of then opens it in any
    backup.
    """


def erase(reference: str, by: str) -> Erased:
    """Erase the person of a departure, under every reference they had, in one transaction. Twice is
    once more. Raises `ErasureRefused`.
    """
    with session() as opened:
        departures = _locked(opened, same_person(opened, reference))
        if problems := _problems(opened, reference, departures):
            raise ErasureRefused(problems)
        references = [departure.reference for departure in departures]
        before = select(VaultEntry.reference).where(
            col(VaultEntry.reference).in_(references), VaultEntry.key_id != OWN_KEY
        )
        sealed_before = opened.exec(before).first() is not None
        for departure in departures:
            _erase(opened, departure)
            now = clock_in(opened).now()
            write(opened, departure.reference, now, Event.PERSON_ERASED, by=by)
        mine = select(Suspension.flow_run).where(col(Suspension.reference).in_(references))
        runs = {*opened.exec(mine).all(), *(d.flow_run for d in departures if d.flow_run)}
    return Erased(references, sorted(runs - {CARRIED_BY_NOBODY}), sealed_before)


def same_person(opened: Session, reference: str) -> list[str]:
    """Return one person's references: a departure, those it came from and those it moved to."""
    found: list[str] = []
    waiting = [reference]
    while waiting:
        departure = opened.get(Departure, waiting.pop())
        if departure is not None and departure.reference not in found:
            found.append(departure.reference)
            waiting += [one for one in (departure.came_from, departure.moved_to) if one]
    return sorted(found)


def _locked(opened: Session, references: list[str]) -> list[Departure]:
    named = select(Departure).where(col(Departure.reference).in_(references))
    held = named.order_by(col(Departure.reference)).with_for_update()
    return list(opened.exec(held.execution_options(populate_existing=True)).all())


def _problems(opened: Session, reference: str, departures: list[Departure]) -> list[str]:
    if not departures:
        return [f"{reference} : aucun départ de ce nom. Vérifiez la référence."]
    now = SystemClock().now()
    problems = []
    for one in departures:
        if one.state is not DepartureState.CLOSED:
            problems.append(f"{one.reference} est ouvert : le clore d'abord, dans son formulaire.")
        if is_held(one.lease_until, now):
            problems.append(f"{one.reference} : une passe est en cours. Réessayez dans un instant.")
        intended = select(Act).where(Act.reference == one.reference)
        if opened.exec(intended.where(Act.state == ActState.INTENDED)).first():
            problems.append(
                f"{one.reference} : un acte est encore prévu, qui ne pourrait plus se faire. "
                f"Attendez qu'il le soit (pnd show {one.reference})."
            )
    return problems


def _erase(opened: Session, departure: Departure) -> None:
    reference = departure.reference
    # Before the key goes: without it, nobody knows which notices are theirs.
    _erase_letters(opened, reference)
    forget(opened, reference)
    for table in (Facts, Protection):
        opened.exec(delete(table).where(col(table.reference) == reference))
    departure.fingerprint, departure.departs_on = "", None
    mine = col(AgencyRequest.reference) == reference
    opened.exec(update(AgencyRequest).where(mine).values(agency_reference=None))
    for offered in (Act, Question):
        opened.exec(update(offered).where(col(offered.reference) == reference).values(offer=None))
    for news in opened.exec(select(News).where(News.reference == reference)).all():
        if news.reply:
            news.reply = {**news.reply, **dict.fromkeys(_POINTS_AT_A_FILE)}


def _erase_letters(opened: Session, reference: str) -> None:
    requests = select(AgencyRequest).where(AgencyRequest.reference == reference)
    for request in opened.exec(requests).all():
        for token in _tokens(opened, request):
            notice = col(LetterboxNotice.text).contains(token, autoescape=True)
            opened.exec(delete(LetterboxNotice).where(notice))
        mine = col(LetterboxLink.request_id) == request.number
        opened.exec(delete(LetterboxLink).where(mine))


def _tokens(opened: Session, request: AgencyRequest) -> list[str]:
    try:
        return link_tokens(opened, request)
    except (SealBroken, VaultKeyInvalid):
        # Rule: a key that is lost keeps nobody from being forgotten; the link opens nothing now.
        return []
