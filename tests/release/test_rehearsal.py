"""What a rehearsal tells is what the pass then does, whatever the departure has lived."""

from random import Random

import pytest

from models.case import Case
from models.rehearsal import ANSWER, NOW, SILENCE, Occasion, Plan
from store.rehearsal import as_it_stands, occasions, plan
from tests.rules.grounds import InMemory
from tests.rules.walk import Walk

_EXAMPLES = ("mere-de-deux-enfants", "danger-immediat", "homme-sans-enfant", "regime-agricole")


def _lived(seed: int) -> Walk:
    """A departure that has lived a little, and to which something has just happened."""
    random = Random(seed)
    walk = Walk.begins(InMemory(), _EXAMPLES[seed % len(_EXAMPLES)], random, is_kind=True)
    for _ in range(random.randrange(25)):
        walk.something_happens()
        walk.settles()
    walk.something_happens()
    return walk


def _stands(case: Case, occasion: Occasion) -> Plan:
    return as_it_stands(case, occasion, [])


def _happens(walk: Walk, occasion: Occasion) -> None:
    case = walk.case
    if occasion.what == SILENCE:
        walk.ground.jumps_to(case.deadline(occasion.number).due_at)
    if occasion.what == ANSWER:
        walk.answers(case.question(occasion.number), occasion.option or "")
    walk.ground.sweeps()
    walk.passes()


def _soonest(case: Case, occasions: list[Occasion]) -> list[Occasion]:
    """Leave out the silences before which another deadline passes."""
    dues = [case.deadline(o.number).due_at for o in occasions if o.what == SILENCE]
    return [
        occasion
        for occasion in occasions
        if occasion.what != SILENCE
        or (case.deadline(occasion.number).due_at == min(dues) and dues.count(min(dues)) == 1)
    ]


@pytest.mark.parametrize("seed", range(40))
def test_a_rehearsal_tells_what_the_pass_then_does(seed: int) -> None:
    walk = _lived(seed)
    case = walk.case
    # One of each sort: the next pass, the next silence, an answer.
    told = _soonest(case, occasions(case))
    occasion = Random(seed).choice(
        [o for o in told if o.what == (NOW, SILENCE, ANSWER)[seed % 3]] or told
    )
    rehearsed = plan(case, occasion)
    before = _stands(walk.case, Occasion())

    _happens(walk, occasion)

    assert rehearsed.broken is None
    lived = _stands(walk.case, occasion)
    assert rehearsed.state == lived.state
    assert rehearsed.measures == lived.measures
    assert rehearsed.requests == lived.requests
    assert sorted(map(str, rehearsed.questions)) == sorted(map(str, lived.questions))
    assert sorted(map(str, rehearsed.deadlines)) == sorted(map(str, lived.deadlines))
    assert before
