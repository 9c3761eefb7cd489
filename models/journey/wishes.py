"""What a referent may want at any moment, whatever was asked: the last field of every form."""

from models.case import Case
from models.danger import DangerBand
from models.departure import DepartureState
from models.journal import Event
from models.journey.asking import ask, ask_danger_now, ask_to_close
from models.journey.stopping import go_home
from models.measure import SETTLED
from models.news import News
from models.question import Choice, QuestionKind, Wish
from models.step import Note, SetDanger, Steps


def wished(case: Case, news: News) -> Steps:
    """Return what follows from a wish."""
    wish = news.wish or Wish.NOTHING
    steps: Steps = [Note(Event.WISH_EXPRESSED, code=wish.value, by=case.departure.referent)]
    occasion = f"wish-{news.id}"
    if wish is Wish.DANGER:
        return [*steps, SetDanger(DangerBand.IMMEDIATE), ask_danger_now(case, occasion)]
    if wish is Wish.WENT_BACK:
        return steps + go_home(case)
    if wish is Wish.CLOSE and case.departure.state is not DepartureState.CLOSED:
        return [*steps, ask_to_close(case, occasion)]
    if wish is Wish.TAKE_BACK:
        return steps + _ask_which(case, occasion)
    return steps


def _ask_which(case: Case, occasion: str) -> Steps:
    left = [wish.measure for wish in case.wishes if wish.state not in SETTLED]
    options = (*(Choice(f"take_back_{m.value}") for m in left), Choice.TAKE_BACK_NOTHING)
    return [ask(case, QuestionKind.TAKE_BACK, f"take-back:{occasion}:1", options)]
