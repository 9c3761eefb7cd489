"""What a referent may want at any moment, whatever was asked: the last field of every form."""

from models.case import Case
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journal import Event
from models.journey.asking import ask, ask_danger_now, ask_to_close
from models.journey.stopping import go_home
from models.measure import SETTLED
from models.news import News
from models.question import Choice, QuestionKind, Wish
from models.step import Met, Note, SetDanger, Steps


def wished(case: Case, news: News) -> Steps:
    """Return what follows from a wish."""
    wish = news.wish or Wish.NOTHING
    steps: Steps = [Note(Event.WISH_EXPRESSED, code=wish.value, by=case.departure.referent)]
    occasion = f"wish-{news.id}"
    if wish is Wish.DANGER:
        return [*steps, SetDanger(DangerBand.IMMEDIATE), *_ask_at_once(case)]
    if wish is Wish.WENT_BACK:
        return steps + go_home(case)
    if wish is Wish.CLOSE:
        return steps + _ask_how(case, occasion)
    if wish is Wish.TAKE_BACK:
        return steps + _ask_which(case, occasion)
    return steps


def _ask_at_once(case: Case) -> Steps:
    """A new danger does not wait until the last one is reviewed."""
    if case.open_questions(QuestionKind.DANGER_NOW):
        return []
    rests = [
        deadline
        for deadline in case.running(DeadlineKind.ASK_AGAIN)
        if case.question(deadline.question_id).kind is QuestionKind.DANGER_NOW
    ]
    return [*(Met(deadline) for deadline in rests), ask_danger_now(case)]


def _ask_how(case: Case, occasion: str) -> Steps:
    is_closed = case.departure.state is DepartureState.CLOSED
    if is_closed or case.open_questions(QuestionKind.CLOSE):
        return []
    return [ask_to_close(case, occasion)]


def _ask_which(case: Case, occasion: str) -> Steps:
    left = [wish.measure for wish in case.wishes if wish.state not in SETTLED]
    is_closed = case.departure.state is DepartureState.CLOSED
    if is_closed or not left or case.open_questions(QuestionKind.TAKE_BACK):
        return []
    options = (*(Choice(f"take_back_{m.value}") for m in left), Choice.TAKE_BACK_NOTHING)
    return [ask(case, QuestionKind.TAKE_BACK, f"take-back:{occasion}:1", options)]
