"""What an agency holds, against what we hold: when it is news, and that it is news once."""

import pytest

from models.act import Act, ActState, Verb
from models.case import Case
from models.request import ENDED, AgencyRequest, RequestState
from models.standing import Standing, contradiction
from tests.models.journey.cases import a_case, a_request, an_act


def _held(state: RequestState, *acts: tuple[Verb, ActState]) -> tuple[Case, AgencyRequest]:
    case = a_case()
    request = a_request(case, state)
    for verb, stands in acts:
        an_act(case, verb, request).state = stands
    return case, request


_SENT = (Verb.SEND, ActState.DONE)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (RequestState.REQUESTED, Standing.UNKNOWN),
        (RequestState.ACCEPTED, Standing.UNKNOWN),
        (RequestState.REQUESTED, Standing.RECALLED),
        (RequestState.WITHDRAWN, Standing.HELD),
    ],
)
def test_an_agency_that_says_otherwise_contradicts_us(state: RequestState, said: Standing) -> None:
    case, request = _held(state, _SENT)

    assert contradiction(request, case.acts, said)


@pytest.mark.parametrize("state", sorted(set(RequestState) - {RequestState.WITHDRAWN}))
def test_a_request_that_is_held_and_that_we_did_not_take_back_is_no_news(
    state: RequestState,
) -> None:
    case, request = _held(state, _SENT)

    assert contradiction(request, case.acts, Standing.HELD) is None


@pytest.mark.parametrize("state", sorted(ENDED))
@pytest.mark.parametrize("said", [Standing.UNKNOWN, Standing.RECALLED])
def test_what_has_ended_may_be_forgotten_there(state: RequestState, said: Standing) -> None:
    case, request = _held(state, _SENT)

    assert contradiction(request, case.acts, said) is None


def test_a_request_made_by_voice_is_not_expected_to_be_known() -> None:
    case, request = _held(RequestState.REQUESTED, (Verb.SEND, ActState.GIVEN_UP))

    assert contradiction(request, case.acts, Standing.UNKNOWN) is None


@pytest.mark.parametrize("verb", [Verb.SEND, Verb.RECALL])
@pytest.mark.parametrize("said", list(Standing))
def test_while_it_is_being_said_nothing_is_news(verb: Verb, said: Standing) -> None:
    for state in (RequestState.REQUESTED, RequestState.WITHDRAWN):
        case, request = _held(state, _SENT, (verb, ActState.INTENDED))

        assert contradiction(request, case.acts, said) is None


def test_the_same_contradiction_is_the_same_occasion_until_the_act_was_done_again() -> None:
    case, request = _held(RequestState.REQUESTED, _SENT)
    first = contradiction(request, case.acts, Standing.UNKNOWN)

    assert contradiction(request, case.acts, Standing.UNKNOWN) == first
    _act(case).tries += 1
    assert contradiction(request, case.acts, Standing.UNKNOWN) not in (first, None)


def _act(case: Case) -> Act:
    return case.acts[0]
