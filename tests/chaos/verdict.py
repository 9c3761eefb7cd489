"""What must hold once the storm is over. Pure: each check reads the evidence, and names what it
misses.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.act import Act, ActState, Verb
from models.agency import Channel
from models.departure import DepartureState
from models.journal import Event, JournalEntry
from models.measure import CHECKLISTS, SETTLED, Measure, MeasureState
from models.news import NewsKind
from models.question import QuestionKind, Wish
from models.request import TRANSITIONS, AgencyRequest, RequestState
from sandbox.ledger import Entry
from tests.chaos.evidence import Evidence, Story
from tests.chaos.time_keeper import real_instant
from tests.rules.invariants import check_case

_SAID = (Event.REPLY_RECEIVED, Event.REPLY_TOO_LATE, Event.INFORMATION_RECEIVED)
_ANSWERED = (Event.QUESTION_ANSWERED, Event.ANSWER_TOO_LATE)
_ALIVE = ("SCHEDULED", "PENDING", "RUNNING", "PAUSED")
_GIVES_UP = "run_keeps_breaking"


@dataclass(frozen=True)
class Check:
    """One thing that must hold: over how many it was checked, and whom it fails."""

    title: str
    examined: int
    faults: tuple[str, ...] = ()


def tolerance(lease_seconds: float) -> timedelta:
    """Return how late a deadline may be read by a pass: real time, less what was then broken.

    A pass that died without a word holds its lease, and the one that takes it up may die as well;
    a minute more is for the queue, a small machine doing two passes at once.
    """
    return timedelta(seconds=2 * lease_seconds + 60)


def verdict(evidence: Evidence, tolerated: timedelta) -> list[Check]:
    """Return every check, failed or not; `tolerated` is for what a deadline may be late."""
    return [*(check(evidence) for check in _CHECKS), _deadlines_were_acted_on(evidence, tolerated)]


def latenesses(evidence: Evidence) -> list[tuple[str, timedelta, timedelta]]:
    """Return, of each deadline that became news, its name and how late it was read in real time:
    in all, then less what was broken meanwhile.
    """
    found = []
    for story in evidence.stories:
        read = {n.deadline_id: n.read_at for n in story.case.news if n.kind is NewsKind.DEADLINE}
        for deadline in story.case.deadlines:
            came = read.get(deadline.id)
            if came is None:
                continue
            fell = real_instant(evidence.anchors, deadline.due_at)
            acted = real_instant(evidence.anchors, came)
            name = f"{deadline.reference} {deadline.slot}"
            found.append((name, acted - fell, acted - fell - _broken(evidence, fell, acted)))
    return found


def _broken(evidence: Evidence, start: datetime, end: datetime) -> timedelta:
    """How long something was broken on purpose between two real instants."""
    total, reached = timedelta(), start
    for hit in sorted(evidence.hits, key=lambda hit: hit.began):
        began, ended = max(hit.began, reached), min(hit.ended, end)
        if ended > began:
            total += ended - began
            reached = ended
    return total


def _every_referral_is_one_departure(evidence: Evidence) -> Check:
    opened = Counter(evidence.filed.values())
    stored = {story.case.departure.reference for story in evidence.stories}
    faults = [f"{reference} ouvert {n} fois" for reference, n in opened.items() if n > 1]
    faults += [f"{reference} absent de la base" for reference in opened if reference not in stored]
    faults += [
        f"{reference} ouvert sans que la porte l'ait dit" for reference in stored - set(opened)
    ]
    if len(evidence.filed) < evidence.asked:
        faults.append(f"{evidence.asked - len(evidence.filed)} propositions jamais reçues")
    return Check("Une proposition reçue est un départ, et un seul", evidence.asked, tuple(faults))


def _everybody_is_somewhere(evidence: Evidence) -> Check:
    faults = []
    for story in evidence.stories:
        case, reference = story.case, story.case.departure.reference
        unread = [news.event for news in case.news if news.read_at is None]
        is_closed = case.departure.state is DepartureState.CLOSED
        if unread:
            faults.append(f"{reference} : nouvelles jamais lues {unread}")
        elif not is_closed and not case.open_questions() and not any(case.running()):
            faults.append(f"{reference} : ni clos, ni en attente de rien")
        if story.runs.count("PAUSED") + story.runs.count("COMPLETED") < 1:
            faults.append(f"{reference} : passages {story.runs}")
        if sum(state in _ALIVE for state in story.runs) > 1:
            faults.append(f"{reference} : plusieurs passages vivants {story.runs}")
    title = "Chaque départ est clos, ou attend une question ou une échéance"
    return Check(title, len(evidence.stories), tuple(faults))


def _nobody_was_left_to_a_human(evidence: Evidence) -> Check:
    faults = [
        story.case.departure.reference
        for story in evidence.stories
        if any(e.event is Event.HUMAN_NEEDED and e.code == _GIVES_UP for e in story.entries)
    ]
    title = "Aucun départ abandonné après cinq reprises"
    return Check(title, len(evidence.stories), tuple(faults))


def _rules_hold(evidence: Evidence) -> Check:
    faults = []
    for story in evidence.stories:
        try:
            check_case(story.case)
        except AssertionError as broken:
            faults.append(f"{story.case.departure.reference} : {broken}")
    return Check(
        "Rien d'oublié ni d'absurde dans les dossiers", len(evidence.stories), tuple(faults)
    )


def _is_effect(call: Entry) -> bool:
    return bool(call.idempotency_key) and not call.duplicate and call.status < 400


def _nothing_happened_twice(evidence: Evidence) -> Check:
    effects = Counter((c.agency, c.idempotency_key) for c in evidence.ledger if _is_effect(c))
    faults = tuple(f"{key} : {n} effets" for (_, key), n in effects.items() if n > 1)
    return Check("Aucun acte n'a pris effet deux fois", len(effects), faults)


def _nothing_happened_unmeant(evidence: Evidence) -> Check:
    meant = {(r.agency, act.key) for act, r in _acts(evidence)}
    heard = {(c.agency, c.idempotency_key) for c in evidence.ledger if c.idempotency_key}
    faults = tuple(key for _, key in sorted(heard - meant))
    return Check("Aucun appel sans intention écrite", len(heard), faults)


def _what_is_done_took_effect(evidence: Evidence) -> Check:
    effects = {(c.agency, c.idempotency_key) for c in evidence.ledger if _is_effect(c)}
    done = [
        (act, request)
        for act, request in _acts(evidence)
        if act.state is ActState.DONE and request.agency in evidence.played
    ]
    # What an agency no longer has, such as an offer that expired, it says by a 404 or a 410.
    refused = {
        (c.agency, c.idempotency_key) for c in evidence.ledger if c.status in (404, 409, 410)
    }
    faults = [
        act.key
        for act, request in done
        if (request.agency, act.key) not in effects
        and (act.verb is Verb.SEND or (request.agency, act.key) not in refused)
    ]
    return Check("Un acte fait a pris effet chez l'organisme", len(done), tuple(faults))


def _requests_are_known(evidence: Evidence) -> Check:
    """Each request said to be sent was received by the agency, in a letterbox, or on the phone."""
    sends = {act.request_id: act for act, _ in _acts(evidence) if act.verb is Verb.SEND}
    faults, sent = [], 0
    for story in evidence.stories:
        for request in story.case.requests:
            if request.sent_at is None:
                continue
            sent += 1
            act = sends.get(request.number)
            if not (
                (act is not None and act.state is ActState.DONE)
                or _was_told_by_phone(story, request)
                or _has_spoken(story, request)
            ):
                faults.append(f"{request.key} : dite envoyée, sans trace")
            by_letter = (
                request.channel is Channel.LETTERBOX and request.agency not in evidence.played
            )
            if by_letter and act is not None and act.state is ActState.DONE:
                if request.id not in evidence.linked:
                    faults.append(f"{request.key} : aucune boîte ouverte")
    return Check("Une demande dite envoyée a été reçue", sent, tuple(faults))


def _was_told_by_phone(story: Story, request: AgencyRequest) -> bool:
    return any(
        question.kind is QuestionKind.CALL_AGENCY
        and question.request_id == request.id
        and question.answer is not None
        for question in story.case.questions
    )


def _has_spoken(story: Story, request: AgencyRequest) -> bool:
    return any(news.request_id == request.id for news in story.case.news)


def _measures_were_carried(evidence: Evidence) -> Check:
    """What was agreed in a signed plan was requested, settled, or put to a human."""
    faults, agreed = [], 0
    for story in evidence.stories:
        signed = any(
            e.event is Event.DEPARTURE_MOVED and e.code == DepartureState.ACTIVE.value
            for e in story.entries
        )
        for wish in story.case.wishes:
            if not signed or not _was_agreed(story, wish.measure):
                continue
            agreed += 1
            moved = {
                entry.event
                for entry in story.entries
                if entry.measure is wish.measure
                and entry.event in (Event.REQUEST_OPENED, Event.QUESTION_ASKED)
            }
            is_carried = wish.measure in CHECKLISTS or Event.REQUEST_OPENED in moved
            if not (is_carried or wish.state in SETTLED or Event.QUESTION_ASKED in moved):
                faults.append(f"{story.case.departure.reference} {wish.measure} : {wish.state}")
    return Check("Une mesure acceptée a été portée", agreed, tuple(faults))


def _was_agreed(story: Story, measure: Measure) -> bool:
    return any(
        entry.event is Event.MEASURE_MOVED
        and entry.measure is measure
        and entry.code == MeasureState.AGREED.value
        for entry in story.entries
    )


def _what_agencies_said_was_heard(evidence: Evidence) -> Check:
    heard = Counter(news.event for story in evidence.stories for news in story.case.news)
    faults, examined = [], 0
    for one in evidence.said:
        until = evidence.polled_until.get(one.agency)
        was_polled = one.polled and not one.cancelled and until is not None and one.due_at < until
        if not (one.received or was_polled):
            continue
        examined += 1
        count = heard[f"{one.agency}:{one.name}"]
        if count != 1:
            faults.append(f"{one.request_key} {one.name} : {count} nouvelle(s)")
    return Check("Ce qu'un organisme a dit est dans le dossier, une fois", examined, tuple(faults))


def _what_referents_said_was_kept(evidence: Evidence) -> Check:
    faults, examined = [], 0
    stories = {story.case.departure.reference: story for story in evidence.stories}
    given: dict[str, Counter[str]] = {}
    for form in evidence.accepted:
        given.setdefault(form.reference, Counter()).update(form.answers)
        examined += len(form.answers) + (form.wish is not Wish.NOTHING)
        wished = f"wish:{form.reference}:{form.number}"
        news = {one.event for one in stories[form.reference].case.news}
        if form.wish is not Wish.NOTHING and wished not in news:
            faults.append(
                f"{form.reference} : souhait {form.wish} perdu (formulaire {form.number})"
            )
    for reference, answers in given.items():
        entries = stories[reference].entries
        kept = Counter(e.code for e in entries if e.event in _ANSWERED)
        faults += [
            f"{reference} : réponse {answer} perdue"
            for answer, count in answers.items()
            if kept[answer] < count
        ]
    return Check("Une réponse acceptée par Prefect est dans la base", examined, tuple(faults))


def _deadlines_were_acted_on(evidence: Evidence, tolerated: timedelta) -> Check:
    late = [
        f"{name} : {net.total_seconds():.0f} s"
        for name, _, net in latenesses(evidence)
        if net > tolerated
    ]
    silent, examined = [], 0
    for story in evidence.stories:
        read = {n.deadline_id for n in story.case.news if n.read_at is not None}
        for deadline in story.case.deadlines:
            examined += 1
            is_due = deadline.due_at <= story.case.now - timedelta(seconds=30)
            if deadline.is_running and is_due:
                silent.append(f"{deadline.reference} {deadline.slot} : passée en silence")
            if deadline.reached_at is not None and deadline.id not in read:
                silent.append(f"{deadline.reference} {deadline.slot} : atteinte, jamais lue")
    title = f"Une échéance est tenue, ou lue en {tolerated.seconds} s"
    return Check(title, examined, tuple(silent + late))


def _journals_are_in_order(evidence: Evidence) -> Check:
    faults, lines = [], 0
    for story in evidence.stories:
        lines += len(story.entries)
        faults += [f"{story.case.departure.reference} : {fault}" for fault in _disorders(story)]
    return Check("Le journal se lit dans l'ordre", lines, tuple(faults))


def _disorders(story: Story) -> Iterator[str]:
    events = [entry.event for entry in story.entries]
    if events[:1] != [Event.REFERRAL_RECEIVED] or events.count(Event.REFERRAL_RECEIVED) != 1:
        yield f"commence par {events[:2]}"
    started = [entry.code for entry in story.entries if entry.event is Event.RUN_STARTED]
    if started != [str(n) for n in range(1, len(started) + 1)]:
        yield f"passages numérotés {started}"
    yield from _wrong_counts(story, events)
    yield from _acts_before_their_intent(story.entries)
    yield from _forbidden_moves(story.entries)


def _wrong_counts(story: Story, events: list[Event]) -> Iterator[str]:
    case, told = story.case, Counter(events)
    expected = {
        Event.QUESTION_ASKED: len(case.questions),
        Event.QUESTION_ANSWERED: sum(q.answered_at is not None for q in case.questions),
        Event.QUESTION_DROPPED: sum(q.dropped_at is not None for q in case.questions),
        Event.REQUEST_OPENED: len(case.requests),
        Event.ACT_INTENDED: len(case.acts),
        Event.ACT_DONE: sum(act.state is ActState.DONE for act in case.acts),
        Event.ACT_GIVEN_UP: sum(act.state is ActState.GIVEN_UP for act in case.acts),
    }
    for event, count in expected.items():
        if told[event] != count:
            yield f"{event} {told[event]} fois, pour {count} en base"
    replies = [n for n in case.news if n.kind is NewsKind.REPLY and n.read_at is not None]
    lines = sum(told[event] for event in _SAID)
    if len(replies) != lines:
        yield f"{lines} réponses au journal, pour {len(replies)} lues"


def _acts_before_their_intent(entries: list[JournalEntry]) -> Iterator[str]:
    meant: Counter[tuple[object, ...]] = Counter()
    for entry in entries:
        act = (entry.measure, entry.agency, (entry.code or "").partition(":")[0])
        if entry.event is Event.ACT_INTENDED:
            meant[act] += 1
        elif entry.event in (Event.ACT_DONE, Event.ACT_GIVEN_UP):
            meant[act] -= 1
            if meant[act] < 0:
                yield f"{entry.event} sans intention ({entry.code}, {entry.agency})"


def _forbidden_moves(entries: list[JournalEntry]) -> Iterator[str]:
    """A request moves along its table only; a new attempt at the same agency begins anew."""
    stands: dict[tuple[object, object], RequestState] = {}
    for entry in entries:
        request = (entry.measure, entry.agency)
        if entry.event is Event.REQUEST_OPENED:
            stands[request] = RequestState.DRAFT
        elif entry.event is Event.REQUEST_MOVED:
            moved = RequestState((entry.code or "").partition(":")[0])
            before = stands.get(request)
            if before is None:
                yield f"demande déplacée avant d'être ouverte ({entry.agency})"
            elif not _was_taken_up(before) and moved not in TRANSITIONS[before]:
                yield f"{entry.agency} : de {before} à {moved}"
            stands[request] = moved


def _was_taken_up(before: RequestState) -> bool:
    """A human may bring an ended request back to life."""
    return not TRANSITIONS[before]


def _acts(evidence: Evidence) -> list[tuple[Act, AgencyRequest]]:
    return [
        (act, story.case.request(act.request_id))
        for story in evidence.stories
        for act in story.case.acts
    ]


_CHECKS: tuple[Callable[[Evidence], Check], ...] = (
    _every_referral_is_one_departure,
    _everybody_is_somewhere,
    _nobody_was_left_to_a_human,
    _nothing_happened_twice,
    _nothing_happened_unmeant,
    _what_is_done_took_effect,
    _requests_are_known,
    _measures_were_carried,
    _what_agencies_said_was_heard,
    _what_referents_said_was_kept,
    _journals_are_in_order,
    _rules_hold,
)
