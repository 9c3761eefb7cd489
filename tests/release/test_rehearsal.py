"""What a rehearsal tells is what the pass then does, whatever the departure has lived."""

from collections.abc import Iterable
from random import Random

import pytest

from models.rehearsal import ANSWER, NOW, SILENCE, Occasion
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


def _one_of(walk: Walk, what: str, seed: int) -> Occasion:
    """An occasion of one sort, if there is one; of the silences, the one that comes first."""
    case = walk.case
    found = [occasion for occasion in occasions(case) if occasion.what == what]
    if not found:
        return Occasion()
    if what == SILENCE:
        return min(found, key=lambda one: case.deadline(one.number).due_at)
    return Random(seed).choice(found)


def _happens(walk: Walk, occasion: Occasion) -> None:
    case = walk.case
    if occasion.what == SILENCE:
        walk.ground.jumps_to(case.deadline(occasion.number).due_at)
    if occasion.what == ANSWER:
        walk.answers(case.question(occasion.number), occasion.option or "")
    walk.ground.sweeps()
    walk.passes()


def _told(things: Iterable[object]) -> list[str]:
    return sorted(map(str, things))


@pytest.mark.parametrize("what", [NOW, SILENCE, ANSWER])
@pytest.mark.parametrize("seed", range(8))
def test_a_rehearsal_tells_what_the_pass_then_does(seed: int, what: str) -> None:
    walk = _lived(seed)
    occasion = _one_of(walk, what, seed)
    rehearsed = plan(walk.case, occasion)
    tried = len(walk.tried)

    _happens(walk, occasion)

    lived = as_it_stands(walk.case, occasion, [])
    sent = [intent.key for intent, _ in walk.tried[tried:]]
    assert rehearsed.broken is None
    assert (rehearsed.state, rehearsed.measures) == (lived.state, lived.measures)
    assert rehearsed.requests == lived.requests
    assert _told(act.key for act in rehearsed.acts if not act.held) == _told(
        [*sent, *(act.key for act in lived.acts)]
    )
    assert _told(rehearsed.questions) == _told(lived.questions)
    assert _told(rehearsed.deadlines) == _told(lived.deadlines)


def test_a_rehearsal_leaves_the_departure_as_it_was() -> None:
    walk = _lived(3)
    case = walk.case
    before = [row.model_dump() for row in (*case.questions, *case.deadlines, *case.requests)]

    for occasion in occasions(case):
        plan(case, occasion)

    assert before == [r.model_dump() for r in (*case.questions, *case.deadlines, *case.requests)]
    assert before == [
        row.model_dump()
        for row in (*walk.case.questions, *walk.case.deadlines, *walk.case.requests)
    ]
