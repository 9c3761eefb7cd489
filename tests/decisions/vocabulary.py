"""What the tables may say: how things stand, and what arrives.

A situation says how things stand, then what happened; only the last event is told.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.about import ABOUT
from models.act import Result, Verb
from models.agency import Emission, Held
from models.calendar import local_date
from models.danger import DangerBand
from models.deadline import Deadline, DeadlineKind
from models.departure import DepartureState
from models.journal import Event
from models.labels import label
from models.measure import Measure, MeasureState
from models.person import (
    AccountKind,
    ChannelKind,
    EvidenceKind,
    ParentalAuthority,
    PsyTriage,
    Scheme,
)
from models.protection import Protection, ProtectionKind, ProtectionState
from models.question import Choice, Question, QuestionKind, Wish
from models.reply import AgencyReply, Detail, ReplyKind
from models.request import AgencyRequest, RefusalReason, RequestState
from models.standing import Standing
from models.step import Note
from models.territory import LadderStep
from models.wording import about_name, option_label
from tests.decisions.names import named
from tests.decisions.phrases import Vocabulary, agency, coded
from tests.decisions.story import SaysNothing, Story
from tests.models.journey.cases import REFERENCE

_WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

STANDS = Vocabulary()
"""How things stand: said before anything happens, or as what nobody was told of."""
HAPPENS = Vocabulary()
"""What happens: in the second column, or before it in the first."""


# --- The household


@STANDS.says(r"moins de 26 ans")
def _young(story: Story) -> None:
    story.case.facts.under_26 = True


@STANDS.says(r"(?P<scheme>Régime général \(CAF\)|Régime agricole \(MSA\))")
def _scheme(story: Story, scheme: str) -> None:
    story.case.departure.scheme = coded(Scheme, scheme)


@STANDS.says(r"pas encore allocataire")
def _unknown_to_the_caisse(story: Story) -> None:
    story.case.facts.is_allocataire = False


@STANDS.says(r"dossier de caisse partagé")
def _shared_file(story: Story) -> None:
    story.case.facts.shares_file = True


@STANDS.says(r"seul compte : un compte joint")
def _joint_account(story: Story) -> None:
    story.case.facts.joint_account = True


@STANDS.says(r"aucune preuve")
def _no_evidence(story: Story) -> None:
    story.case.facts.evidence = []


@STANDS.says(r"preuve : <kind> du <day>")
def _evidence(story: Story, kind: str, day: str) -> None:
    proof = coded(EvidenceKind, kind)
    story.case.facts.evidence = [[proof.value, _date(day).isoformat()]]


@STANDS.says(r"dernière aide attribuée le <day>")
def _last_allowance(story: Story, day: str) -> None:
    story.case.facts.last_allowance_on = _date(day)


@STANDS.says(r"autorité parentale : <kind>")
def _authority(story: Story, kind: str) -> None:
    story.case.facts.parental_authority = coded(ParentalAuthority, kind)


@STANDS.says(r"souffrance : <kind>")
def _triage(story: Story, kind: str) -> None:
    story.case.facts.psy_triage = coded(PsyTriage, kind)


@STANDS.says(r"téléphone surveillé")
def _watched(story: Story) -> None:
    story.case.facts.device_compromised = True


@STANDS.says(r"aucune adresse de courrier sûre")
def _no_safe_mail(story: Story) -> None:
    story.case.facts.mail_is_safe = False


@STANDS.says(r"l'auteur présumé peut ouvrir : <kind>")
def _shared_account(story: Story, kind: str) -> None:
    facts = story.case.facts
    facts.shared_accounts = [*facts.shared_accounts, coded(AccountKind, kind).value]


@STANDS.says(r"joignable par : <kind>")
def _reached_by(story: Story, kind: str) -> None:
    story.case.facts.channels = [coded(ChannelKind, kind).value]


@STANDS.says(r"<agency> écartée?")
def _excluded(story: Story, **words: str) -> None:
    facts = story.case.facts
    facts.excluded_agencies = [*facts.excluded_agencies, agency(words["agency"])]


@STANDS.says(r"un agent <agency> est lié à l'auteur présumé")
def _guarded(story: Story, **words: str) -> None:
    facts = story.case.facts
    facts.guarded_agencies = [*facts.guarded_agencies, agency(words["agency"])]


@STANDS.says(r"<agency> envoie toujours : « <emission> »")
def _emits(story: Story, emission: str, **words: str) -> None:
    code, sent = agency(words["agency"]), coded(Emission, emission)
    territory = story.case.territory
    agencies = [
        one.model_copy(update={"emits": {**one.emits, sent: Held.ALWAYS}})
        if one.code == code
        else one
        for one in territory.agencies
    ]
    story.case.territory = territory.model_copy(update={"agencies": agencies})


# --- The departure


@STANDS.says(r"proposition reçue")
def _proposed(story: Story) -> None:
    _before_the_plan(story, DepartureState.PROPOSED)


@STANDS.says(r"premier contact établi")
def _contacted(story: Story) -> None:
    _before_the_plan(story, DepartureState.CONTACTED)


def _before_the_plan(story: Story, state: DepartureState) -> None:
    departure = story.case.departure
    departure.state, departure.departs_on = state, None
    for wish in story.case.wishes:
        wish.state = MeasureState.WISHED


@STANDS.says(r"plan signé")
def _signed(story: Story) -> None:
    assert story.case.departure.state is DepartureState.ACTIVE


@STANDS.says(r"départ prévu dans <number> jours")
def _departs(story: Story, number: str) -> None:
    today = local_date(story.case.now, story.case.territory)
    story.case.departure.departs_on = today + timedelta(days=int(number))


@STANDS.says(r"danger (?P<band>immédiat|élevé)")
def _danger(story: Story, band: str) -> None:
    story.case.departure.danger = coded(DangerBand, band)


@STANDS.says(r"<measure> : <state>")
def _stands(story: Story, measure: str, state: str) -> None:
    story.wish(coded(Measure, measure), coded(MeasureState, state))


@STANDS.says(r"<protection> : <state>")
def _protected(story: Story, protection: str, state: str) -> None:
    row = Protection(
        id=len(story.case.protections) + 1,
        reference=REFERENCE,
        kind=coded(ProtectionKind, protection),
        state=coded(ProtectionState, state),
        changed_at=story.case.now,
    )
    story.case.protections.append(row)


@STANDS.says(r"accord donné (pour|à) <agency>")
def _agreed(story: Story, **words: str) -> None:
    story.agrees(agency(words["agency"]))


@STANDS.says(r"l'accord vient de prendre fin")
def _yes_over(story: Story) -> None:
    for consent in story.case.consents:
        consent.ends_at = story.case.now


@STANDS.says(r"<number> (?P<unit>heures|jours) plus tard")
def _later(story: Story, number: str, unit: str) -> None:
    story.goes_on(
        timedelta(**{"heures": {"hours": int(number)}, "jours": {"days": int(number)}}[unit])
    )


@STANDS.says(r"un (?P<day>lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) à <number> h")
def _on_a_day(story: Story, day: str, number: str) -> None:
    here = ZoneInfo(story.case.territory.time_zone)
    today = local_date(story.case.now, story.case.territory)
    ahead = (_WEEK.index(day) - today.weekday()) % len(_WEEK)
    story.goes_to(datetime.combine(today + timedelta(days=ahead), time(int(number)), here))


# --- What agencies are asked


@STANDS.says(r"demandée <agency>")
def _asked(story: Story, **words: str) -> None:
    story.requested(agency(words["agency"]))


@HAPPENS.says(r"envoyée")
def _sent(story: Story) -> None:
    _have_sent(story, _last(story))


def _have_sent(story: Story, request: AgencyRequest) -> None:
    if request.state is RequestState.DRAFT:
        for act in story.case.pending_acts(request):
            story.tries(act, Result.DONE)


_SUGAR = {
    "reçue": ReplyKind.RECEIVED,
    "acceptée": ReplyKind.ACCEPTED,
    "en liste d'attente": ReplyKind.WAITING,
    "rendez-vous pris": ReplyKind.APPOINTMENT,
    "réalisée": ReplyKind.FULFILLED,
}


@HAPPENS.says(rf"(?P<word>{'|'.join(_SUGAR)})")
def _got_to(story: Story, word: str) -> None:
    request = _last(story)
    _have_sent(story, request)
    _reply(story, request, _SUGAR[word])


@HAPPENS.says(r"« <verb> » : <result>( \(essai <number>\))?")
def _tried(story: Story, verb: str, result: str, number: str = "1") -> None:
    wanted = coded(Verb, verb)
    acts = [act for act in story.case.pending_acts() if act.verb is wanted]
    own = [act for act in acts if story.case.request(act.request_id).measure is story.measure]
    if not acts:
        raise SaysNothing(f"aucun acte « {verb} » n'est à faire")
    story.tries((own or acts)[0], coded(Result, result), int(number))


# --- What agencies say


@HAPPENS.says(r"<agency> accuse réception")
def _received(story: Story, **words: str) -> None:
    _said(story, words, ReplyKind.RECEIVED)


@HAPPENS.says(r"<agency> demande une pièce : <detail>")
def _need_info(story: Story, detail: str, **words: str) -> None:
    _said(story, words, ReplyKind.NEED_INFO, detail=coded(Detail, detail))


@HAPPENS.says(r"<agency> propose la place <offer> \(<detail>\)( pour <number> heures)?")
def _offers(story: Story, offer: str, detail: str, number: str = "", **words: str) -> None:
    ends = story.case.now + timedelta(hours=int(number)) if number else None
    _said(story, words, ReplyKind.OFFER, offer=offer, detail=coded(Detail, detail), expires_at=ends)


@HAPPENS.says(r"<agency> accepte( : <detail>)?( \(demande n° <number>\))?")
def _accepts(story: Story, detail: str = "", number: str = "", **words: str) -> None:
    about = coded(Detail, detail) if detail else None
    _said(story, words, ReplyKind.ACCEPTED, number=number, detail=about)


@HAPPENS.says(r"<agency> donne rendez-vous dans <number> jours")
def _appoints(story: Story, number: str, **words: str) -> None:
    on = story.case.now + timedelta(days=int(number))
    _said(story, words, ReplyKind.APPOINTMENT, on=on)


@HAPPENS.says(r"<agency> inscrit sur liste d'attente")
def _waits(story: Story, **words: str) -> None:
    _said(story, words, ReplyKind.WAITING)


@HAPPENS.says(r"<agency> refuse : <reason>( \(demande n° <number>\))?")
def _refuses(story: Story, reason: str, number: str = "", **words: str) -> None:
    _said(story, words, ReplyKind.REFUSED, number=number, reason=coded(RefusalReason, reason))


@HAPPENS.says(r"<agency> dit que c'est fait( \(demande n° <number>\))?")
def _done(story: Story, number: str = "", **words: str) -> None:
    _said(story, words, ReplyKind.FULFILLED, number=number)


@HAPPENS.says(r"<agency> dit que cela n'aboutit pas : <reason>")
def _fails(story: Story, reason: str, **words: str) -> None:
    _said(story, words, ReplyKind.FAILED, reason=coded(RefusalReason, reason))


@HAPPENS.says(r"<agency> informe : <detail>( dans <number> jours)?")
def _informs(story: Story, detail: str, number: str = "", **words: str) -> None:
    on = story.case.now + timedelta(days=int(number)) if number else None
    _said(story, words, ReplyKind.INFORMATION, detail=coded(Detail, detail), on=on)


@HAPPENS.says(r"rapprochement <agency> : <standing>( \(demande n° <number>\))?")
def _stands_there(story: Story, standing: str, number: str = "", **words: str) -> None:
    nth = int(number) if number else None
    request = story.request_to(agency(words["agency"]), nth)
    story.stands(request, coded(Standing, standing))


def _said(
    story: Story, words: dict[str, str], kind: ReplyKind, number: str = "", **about: object
) -> None:
    nth = int(number) if number else None
    _reply(story, story.request_to(agency(words["agency"]), nth), kind, **about)


def _reply(story: Story, request: AgencyRequest, kind: ReplyKind, **about: object) -> None:
    reply = AgencyReply(
        event=f"evt-{len(story.case.news) + 1}",
        request_key=request.key,
        kind=kind,
        said_at=story.case.now,
        **about,  # type: ignore[arg-type]
    )
    story.replies(request, reply)


def _last(story: Story) -> AgencyRequest:
    if story.spoken_of is None:
        raise SaysNothing("dire d'abord à qui la mesure est demandée")
    return story.spoken_of


# --- What the referent says


@HAPPENS.says(r"le référent répond « <option> »( à « <kind> »)?( \(<about>\))?")
def _answers(story: Story, option: str, kind: str = "", about: str = "") -> None:
    question, code = _one(story, _asked_with(story, option), kind, about)
    story.answers(question, code)


@HAPPENS.says(r"le référent signale « <wish> »")
def _wishes(story: Story, wish: str) -> None:
    story.wants(coded(Wish, wish))


@HAPPENS.says(r"plan prêt à signer")
def _ready_to_sign(story: Story) -> None:
    for option in (Choice.WATCH, Choice.AGREED_ORAL, Choice.LEAVES_NOW):
        for question in story.case.open_questions():
            if option in question.options:
                story.answers(question, option)


Asked = tuple[Question, str]


def _asked_with(story: Story, words: str) -> list[Asked]:
    """Return the open questions with an option of that label, and the option's code."""
    found = [
        (question, option)
        for question in story.case.open_questions()
        for option in question.options
        if option_label(option, story.case) == words
    ]
    if not found:
        asked = [f"« {label(q.kind)} » {q.options}" for q in story.case.open_questions()]
        raise SaysNothing(f"aucune question ouverte ne propose « {words} » : {asked}")
    return found


def _one(story: Story, found: list[Asked], kind: str, about: str) -> Asked:
    if kind:
        found = [one for one in found if one[0].kind is coded(QuestionKind, kind)]
    if about:
        found = [one for one in found if about.casefold() in _abouts(story, one[0])]
    own = [one for one in found if one[0].measure is story.measure]
    found = own if len(found) > 1 and own else found
    if len(found) != 1:
        seen = [f"« {label(one.kind)} » {_abouts(story, one)}" for one, _ in found]
        raise SaysNothing(f"dire à laquelle de ces questions il est répondu : {seen}")
    return found[0]


def _abouts(story: Story, question: Question) -> list[str]:
    measure = label(question.measure) if question.measure else ""
    where = named(question.agency) if question.agency else ""
    day = f"J+{question.day}" if question.day else ""
    offer = f"place {question.offer}" if question.offer else ""
    told = (about_name(question), measure, where, day, offer)
    return [one.casefold() for one in told if one]


# --- Silence


@HAPPENS.says(r"l'échéance « <kind> » passe( \(<about>\))?")
def _silence(story: Story, kind: str, about: str = "") -> None:
    running = list(story.case.running(coded(DeadlineKind, kind)))
    if about:
        running = [d for d in running if about.casefold() in _deadline_abouts(story, d)]
    own = [d for d in running if d.measure is story.measure]
    if not running:
        courses = sorted({label(d.kind) for d in story.case.running()})
        raise SaysNothing(f"aucune échéance « {kind} » ne court ; courent : {courses}")
    story.passes_by(min(own or running, key=lambda d: d.due_at))


@HAPPENS.says(r"personne ne répond à « <kind> »( \(<about>\))?")
def _no_answer(story: Story, kind: str, about: str = "") -> None:
    asked = [(q, "") for q in story.case.open_questions() if q.kind is coded(QuestionKind, kind)]
    question, _ = _one(story, asked, "", about)
    running = story.case.running(DeadlineKind.QUESTION)
    story.passes_by(next(d for d in running if d.question_id == question.id))


@HAPPENS.says(r"silence <agency> jusqu'à la marche « <rung> »")
def _climbs(story: Story, rung: str, **words: str) -> None:
    """Nobody there says anything, and the referent does nothing but what goes by itself."""
    request, last = story.request_to(agency(words["agency"])), coded(LadderStep, rung)
    while not _has_climbed(story, last):
        running = [d for d in story.case.running(*_SILENCES) if d.request_id == request.id]
        if not running:
            raise SaysNothing(f"l'échelle finit avant « {rung} »")
        story.passes_by(min(running, key=lambda d: d.due_at))
        for act in story.case.pending_acts(request):
            story.tries(act, Result.DONE)


_SILENCES = (DeadlineKind.LADDER, DeadlineKind.ACKNOWLEDGE, DeadlineKind.REPLY)


def _has_climbed(story: Story, rung: LadderStep) -> bool:
    return any(
        isinstance(step, Note) and (step.event, step.code) == (Event.LADDER_CLIMBED, rung.value)
        for step in story.heard.steps
    )


def _deadline_abouts(story: Story, deadline: Deadline) -> list[str]:
    told = [label(deadline.measure)] if deadline.measure else []
    for kinds in ABOUT.values():
        for kind in kinds:
            if deadline.about in {member.value for member in kind}:
                told.append(label(kind(deadline.about)))
    if deadline.question_id:
        told.append(label(story.case.question(deadline.question_id).kind))
    return [one.casefold() for one in told]


def _date(words: str) -> date:
    day, month, year = map(int, words.split("/"))
    return date(year, month, day)
