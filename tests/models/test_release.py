"""What two rehearsals compared say: identical, safe, or to be judged before it reaches anybody."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.rehearsal import (
    ANSWER,
    NOW,
    SILENCE,
    DepartureRehearsed,
    Occasion,
    Plan,
    PlannedAct,
    PlannedDeadline,
    PlannedQuestion,
    Rehearsal,
)
from models.release import Change, Difference, Noun, by_difference, compare
from models.release_words import sentence

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
REFERENCE = "21-INVENT"
_KEY = f"{REFERENCE}:auu:caf-21:1"

SEND = PlannedAct(key=_KEY, verb="send", measure="auu", agency="caf-21", at=AT)
CALL = PlannedQuestion(
    kind="call_agency",
    measure="auu",
    agency="caf-21",
    request=_KEY,
    options=("call_taken", "call_refused"),
    asked_of="ref-21-a",
    wording="as it was",
    due_at=AT + timedelta(days=1),
)
REPLY = PlannedDeadline(
    kind="reply", measure="auu", agency="caf-21", request=_KEY, due_at=AT + timedelta(days=3)
)
CALL_ENDS = PlannedDeadline(
    kind="question", measure="auu", question=CALL.subject, due_at=CALL.due_at
)
_USUAL: dict[str, Any] = {
    "occasion": Occasion(),
    "state": "active",
    "measures": {"auu": "ongoing"},
    "requests": {_KEY: "requested:api"},
    "acts": (SEND,),
    "questions": (CALL,),
    "deadlines": (REPLY, CALL_ENDS),
}


def _rehearsal(*plans: Plan, **past: Any) -> Rehearsal:
    one = DepartureRehearsed(reference=REFERENCE, plans=plans, **past)
    return Rehearsal(at=AT, departures=(one,))


def _plan(**otherwise: Any) -> Plan:
    return Plan(**(_USUAL | otherwise))


def _changes(coming: Plan, running: Plan | None = None, **past: Any) -> set[tuple[str, str, str]]:
    """Return what differs for one departure: the change, what it is about, its code."""
    before = _rehearsal(running or _plan(), **past)
    [verdict] = compare(before, _rehearsal(coming, **past))
    assert verdict.is_safe is all(d.is_safe for d in verdict.differences)
    return {(d.change.value, d.noun.value, d.code) for d in verdict.differences}


def test_two_releases_that_do_the_same_are_identical() -> None:
    [verdict] = compare(_rehearsal(_plan()), _rehearsal(_plan()))

    assert verdict.is_identical
    assert verdict.is_safe


def test_the_order_in_which_things_are_told_is_no_difference() -> None:
    other = SEND.model_copy(update={"key": "k2", "agency": "caf-95"})

    assert not _changes(_plan(acts=(other, SEND)), _plan(acts=(SEND, other)))


# --- Acts


def test_another_key_for_what_was_sent_already_sends_it_again() -> None:
    twice = SEND.model_copy(update={"key": f"{_KEY}-bis"})

    found = _changes(_plan(acts=(twice,)), _plan(acts=()), done=(SEND,))

    assert found == {("sends_again", "act", "send")}


def test_another_key_for_what_is_about_to_leave_sends_it_again() -> None:
    renamed = SEND.model_copy(update={"key": f"{_KEY}-bis"})

    assert _changes(_plan(acts=(renamed,))) == {("sends_again", "act", "send")}


def test_a_second_act_for_the_same_thing_sends_it_again() -> None:
    twice = SEND.model_copy(update={"key": f"{_KEY}-bis"})

    assert _changes(_plan(acts=(SEND, twice))) == {("sends_again", "act", "send")}


def test_two_acts_for_a_thing_that_nobody_did_send_it_again() -> None:
    twice = SEND.model_copy(update={"key": f"{_KEY}-bis"})

    found = _changes(_plan(acts=(SEND, twice)), _plan(acts=()))

    assert found == {("adds", "act", "send"), ("sends_again", "act", "send")}


def test_an_act_that_was_never_done_is_safe() -> None:
    elsewhere = SEND.model_copy(update={"key": "other", "agency": "siao-21"})

    assert _changes(_plan(acts=(SEND, elsewhere)), done=(SEND,)) == {("adds", "act", "send")}


def test_an_act_that_no_longer_leaves_is_skipped() -> None:
    assert _changes(_plan(acts=())) == {("skips", "act", "send")}


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ({}, {"held": True}, "skips"),
        ({"held": True}, {}, "sends_held"),
        ({}, {"at": AT + timedelta(hours=1)}, "later"),
        ({}, {"at": AT - timedelta(hours=1)}, "sooner"),
    ],
)
def test_when_an_act_leaves_and_whether_it_is_held_is_told(
    before: dict[str, Any], after: dict[str, Any], change: str
) -> None:
    running = _plan(acts=(SEND.model_copy(update=before),))
    coming = _plan(acts=(SEND.model_copy(update=after),))

    assert _changes(coming, running) == {(change, "act", "send")}


# --- Questions


def test_a_question_that_is_no_longer_asked_is_told_once_without_its_deadline() -> None:
    gone = _plan(questions=(), deadlines=(REPLY,))

    assert _changes(gone) == {("skips", "question", "call_agency")}


def test_a_new_question_is_safe() -> None:
    new = CALL.model_copy(update={"kind": "offer"})

    assert _changes(_plan(questions=(CALL, new))) == {("adds", "question", "offer")}


def test_a_question_that_was_answered_is_asked_again() -> None:
    once_more = CALL.model_copy(update={"request": f"{REFERENCE}:auu:caf-21:2"})

    found = _changes(
        _plan(deadlines=(REPLY,), questions=(once_more,)),
        _plan(deadlines=(REPLY,), questions=()),
        answered=(CALL,),
    )

    assert found == {("asks_again", "question", "call_agency")}


def test_a_question_that_is_open_under_another_name_is_asked_again() -> None:
    assert _changes(_plan(questions=(CALL, CALL))) == {("asks_again", "question", "call_agency")}


def test_the_next_follow_up_is_not_the_one_that_was_answered() -> None:
    week = CALL.model_copy(update={"kind": "follow_up", "day": 7})
    month = week.model_copy(update={"day": 30})

    found = _changes(_plan(questions=(CALL, month)), answered=(week,))

    assert found == {("adds", "question", "follow_up")}


@pytest.mark.parametrize(
    ("otherwise", "change"),
    [
        ({"options": ("call_taken",)}, "fewer_answers"),
        ({"options": (*CALL.options, "call_done")}, "asks_otherwise"),
        ({"wording": "other words"}, "asks_otherwise"),
        ({"asked_of": "ref-21-b"}, "asks_otherwise"),
        ({"due_at": CALL.due_at + timedelta(hours=1)}, "later"),
        ({"due_at": CALL.due_at - timedelta(hours=1)}, "sooner"),
    ],
)
def test_how_a_question_is_asked_is_told(otherwise: dict[str, Any], change: str) -> None:
    other = CALL.model_copy(update=otherwise)

    assert (change, "question", "call_agency") in _changes(_plan(questions=(other,)))


# --- Deadlines, states


@pytest.mark.parametrize(
    ("deadlines", "change"),
    [
        ((CALL_ENDS,), "skips"),
        ((REPLY, REPLY, CALL_ENDS), "adds"),
        ((REPLY.model_copy(update={"due_at": AT + timedelta(days=9)}), CALL_ENDS), "later"),
        ((REPLY.model_copy(update={"due_at": AT + timedelta(days=2)}), CALL_ENDS), "sooner"),
    ],
)
def test_a_deadline_that_moves_comes_or_goes_is_told(
    deadlines: tuple[PlannedDeadline, ...], change: str
) -> None:
    assert _changes(_plan(deadlines=deadlines)) == {(change, "deadline", "reply")}


@pytest.mark.parametrize(
    ("otherwise", "found"),
    [
        ({"state": "closed:exit"}, ("leads_elsewhere", "departure", "closed:exit")),
        ({"measures": {"auu": "given_up"}}, ("leads_elsewhere", "measure", "given_up")),
        ({"measures": {}}, ("leads_elsewhere", "measure", "")),
        ({"requests": {_KEY: "withdrawn:api"}}, ("leads_elsewhere", "request", "withdrawn:api")),
        ({"requests": {f"{_KEY}-bis": "requested:api"}}, ("skips", "request", "")),
        ({"broken": "KeyError"}, ("breaks", "departure", "KeyError")),
    ],
)
def test_a_departure_that_comes_to_stand_elsewhere_is_told(
    otherwise: dict[str, Any], found: tuple[str, str, str]
) -> None:
    assert _changes(_plan(**otherwise)) == {found}


def test_what_the_running_release_cannot_rehearse_is_never_called_identical() -> None:
    broken = _plan(broken="KeyError")

    assert _changes(broken, broken) == {("unknown", "departure", "KeyError")}


def test_what_is_expected_of_a_new_request_is_told_with_its_sending() -> None:
    key = f"{REFERENCE}:psy:cmp-21:1"
    new = SEND.model_copy(update={"key": key, "measure": "psy", "agency": "cmp-21"})
    awaited = REPLY.model_copy(update={"request": key, "measure": "psy", "agency": "cmp-21"})

    found = _changes(
        _plan(
            acts=(SEND, new),
            requests={_KEY: "requested:api", key: "requested:api"},
            deadlines=(REPLY, CALL_ENDS, awaited),
        )
    )

    assert found == {("adds", "act", "send")}


def test_a_departure_that_only_one_release_follows_is_told() -> None:
    nobody = Rehearsal(at=AT, departures=())

    [lost] = compare(_rehearsal(_plan()), nobody)
    [reopened] = compare(nobody, _rehearsal(_plan()))

    assert [d.change for d in lost.differences] == [Change.LOSES]
    assert [d.change for d in reopened.differences] == [Change.LEADS_ELSEWHERE]
    assert not lost.is_safe
    assert not reopened.is_safe


# --- What may come later


def test_what_silence_or_an_answer_would_trigger_is_compared_too() -> None:
    silence = Occasion(what=SILENCE, number=4, kind="reply")
    answer = Occasion(what=ANSWER, number=7, kind="call_agency", option="call_refused")
    plans = [_plan(), _plan(occasion=silence), _plan(occasion=answer)]
    changed = [_plan(), _plan(occasion=silence, questions=(), deadlines=(REPLY,)), plans[2]]

    [verdict] = compare(_rehearsal(*plans), _rehearsal(*changed))
    [lost] = compare(_rehearsal(*plans), _rehearsal(*plans[:2]))

    assert [(d.change, d.occasion, d.option) for d in verdict.differences] == [
        (Change.SKIPS, "reply", None)
    ]
    assert [(d.change, d.occasion, d.option) for d in lost.differences] == [
        (Change.BREAKS, "call_agency", "call_refused")
    ]


def test_what_changes_at_the_next_pass_is_not_told_again_for_what_comes_later() -> None:
    silence = Occasion(what=SILENCE, number=4, kind="reply")
    running = _rehearsal(_plan(), _plan(occasion=silence))
    coming = _rehearsal(_plan(acts=()), _plan(occasion=silence, acts=()))

    [verdict] = compare(running, coming)

    assert [(d.change, d.occasion) for d in verdict.differences] == [(Change.SKIPS, "")]


def test_departures_are_grouped_by_what_changes_for_them_gravest_first() -> None:
    def rehearsal(*told: tuple[str, Plan]) -> Rehearsal:
        return Rehearsal(
            at=AT,
            departures=tuple(DepartureRehearsed(reference=r, plans=(p,)) for r, p in told),
        )

    new = CALL.model_copy(update={"kind": "offer"})
    running = rehearsal(("21-A", _plan()), ("21-B", _plan()), ("21-C", _plan()))
    coming = rehearsal(
        ("21-A", _plan(questions=(CALL, new))),
        ("21-B", _plan(acts=(), questions=(CALL, new))),
        ("21-C", _plan()),
    )

    grouped = by_difference(compare(running, coming))

    assert [(d.change.value, reach.departures) for d, reach in grouped.items()] == [
        ("skips", ["21-B"]),
        ("adds", ["21-A", "21-B"]),
    ]


def test_a_difference_is_told_once_with_all_its_occasions() -> None:
    silences = [
        Occasion(what=SILENCE, number=n, kind=kind) for n, kind in ((4, "reply"), (5, "court"))
    ]
    running = _rehearsal(_plan(), *(_plan(occasion=one) for one in silences))
    coming = _rehearsal(_plan(), *(_plan(occasion=one, acts=()) for one in silences))

    [(difference, reach)] = by_difference(compare(running, coming)).items()

    assert (difference.change, difference.occasion) == (Change.SKIPS, "")
    assert reach.departures == [REFERENCE]
    assert reach.occasions == [("reply", None), ("court", None)]


def test_a_rehearsal_read_by_another_release_says_the_same() -> None:
    told = _rehearsal(_plan(occasion=Occasion(what=NOW)), done=(SEND,), answered=(CALL,))

    read = Rehearsal.model_validate_json(told.model_dump_json())

    assert read == told
    assert all(verdict.is_identical for verdict in compare(told, read))


# --- In words


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (
            Difference(Change.SENDS_AGAIN, Noun.ACT, "send", "auu", "caf-21"),
            "renverrait « Envoyer la demande » (Aide universelle d'urgence) à caf-21",
        ),
        (
            Difference(Change.ASKS_AGAIN, Noun.QUESTION, "danger"),
            "redemanderait « Évaluation du danger »",
        ),
        (
            Difference(
                Change.SKIPS,
                Noun.QUESTION,
                "call_agency",
                "auu",
                "caf-21",
                occasion="reply",
            ),
            "ne demanderait plus « Organisme à appeler » (Aide universelle d'urgence) à caf-21 "
            "si l'échéance « Réponse de l'organisme » passe",
        ),
        (
            Difference(
                Change.LATER,
                Noun.DEADLINE,
                "statutory",
                "auu",
                occasion="take_back",
                option="take_back:auu",
            ),
            "attendrait plus longtemps « Délai légal » (Aide universelle d'urgence) "
            "si l'on répond « Retirer auu » à « Mesure à retirer »",
        ),
        (
            Difference(Change.ADDS, Noun.QUESTION, "horoscope"),
            "demanderait en plus « horoscope »",
        ),
        (
            Difference(Change.LEADS_ELSEWHERE, Noun.DEPARTURE, "closed:exit"),
            "mènerait le départ à « Clos » (Sortie vers une situation stable)",
        ),
        (
            Difference(Change.LEADS_ELSEWHERE, Noun.REQUEST, "withdrawn:call", "auu", "caf-21"),
            "mènerait la demande à « Retirée », appel du référent (Aide universelle d'urgence) "
            "à caf-21",
        ),
        (
            Difference(Change.BREAKS, Noun.DEPARTURE, "KeyError"),
            "s'arrêterait sur un défaut (KeyError)",
        ),
    ],
)
def test_a_difference_is_told_in_french(difference: Difference, words: str) -> None:
    assert sentence(difference, [difference.when]) == words


def test_what_happens_on_many_occasions_is_told_by_the_first_ones() -> None:
    lost = Difference(Change.SKIPS, Noun.QUESTION, "offer")
    answers = [("close", option) for option in ("close_exit", "close_moved", "keep_open")]

    told = sentence(lost, [("reply", None), *answers])

    assert told.startswith(
        "ne demanderait plus « Proposition d'un organisme » "
        "si l'échéance « Réponse de l'organisme » passe ou si l'on répond « "
    )
    assert told.endswith(" ou dans 2 autres cas")
    assert sentence(lost, [*answers, ("", None)]) == (
        "ne demanderait plus « Proposition d'un organisme »"
    ), "the next pass is soon enough"


@pytest.mark.parametrize("change", list(Change))
@pytest.mark.parametrize("noun", list(Noun))
def test_every_change_that_is_found_has_words(change: Change, noun: Noun) -> None:
    if _can_be_found(change, noun):
        assert sentence(Difference(change, noun, "code"), [("", None)])


def _can_be_found(change: Change, noun: Noun) -> bool:
    of_a_pass = {Change.BREAKS, Change.UNKNOWN, Change.LOSES}
    states = {Change.LEADS_ELSEWHERE}
    return {
        Noun.DEPARTURE: change in of_a_pass | states,
        Noun.MEASURE: change in states,
        Noun.REQUEST: change in states | {Change.SKIPS},
        Noun.ACT: change
        in {
            Change.SENDS_AGAIN,
            Change.SENDS_HELD,
            Change.SKIPS,
            Change.LATER,
            Change.SOONER,
            Change.ADDS,
        },
        Noun.QUESTION: change not in of_a_pass | states | {Change.SENDS_AGAIN, Change.SENDS_HELD},
        Noun.DEADLINE: change in {Change.SKIPS, Change.LATER, Change.SOONER, Change.ADDS},
    }[noun]
