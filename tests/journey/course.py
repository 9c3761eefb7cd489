"""The course of a departure in a small table: how agencies behave, what is answered when it is not
the usual, what happens on which day. Time and the usual answers do the rest, until it is closed.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cli.usual_answers import usual_answer
from models.departure import DepartureState
from models.measure import Measure
from models.question import Question, QuestionKind, Wish
from models.wording import option_label
from store.clock import journey_clock
from tasks.agencies import agency_of
from tests.journey.driver import Journey
from tests.journey.letterbox import links_to

_EVENTS = 250

NOBODY = ""
"""Nobody answers this time: the ladders see to it."""

Asked = QuestionKind | tuple[QuestionKind, Measure]


@dataclass(frozen=True)
class Course:
    """What is particular to one departure. Days are counted from the first."""

    orders: Sequence[tuple[str, str, int | None]] = ()
    """An agency, how it behaves, for how many requests (None: for good)."""
    letters: Sequence[tuple[int, str, str]] = ()
    """From which day on an agency answers in its letterbox, and what."""
    answers: Mapping[Asked, Sequence[str]] = field(default_factory=dict)
    """What is answered to a question each time that it is put; then the usual."""
    not_before: Mapping[QuestionKind, int] = field(default_factory=dict)
    """The day before which a question is left for later."""
    wishes: Sequence[tuple[int, Wish]] = ()
    """What the referent comes to say on a day."""

    def is_lived_by(self, journey: Journey) -> None:
        """Live it until the departure is closed and nobody has anything left to do."""
        for agency, behaviour, times in self.orders:
            journey.order(agency, behaviour, times=times)
        play = _Play(self, journey)
        for _ in range(_EVENTS):
            case = journey.case
            if case.departure.state is DepartureState.CLOSED and not case.open_questions():
                assert not play.left(), f"never came: {play.left()}"
                return
            play.goes_on()
        raise AssertionError(f"{journey.reference} lives on")


class _Play:
    def __init__(self, course: Course, journey: Journey) -> None:
        self.journey = journey
        self._began = journey_clock().now()
        self._answers = {asked: deque(options) for asked, options in course.answers.items()}
        self._letters = list(course.letters)
        self._wishes = list(course.wishes)
        self._not_before = course.not_before
        self._silent: set[int | None] = set()

    def left(self) -> list[object]:
        """Return what was foreseen and never came."""
        return [
            *(asked for asked, options in self._answers.items() if options),
            *self._letters,
            *self._wishes,
        ]

    def goes_on(self) -> None:
        """Do the next thing: a wish whose day has come, answers, a letter; else let time pass."""
        if self._wishes and self._has_come(self._wishes[0][0]):
            self.journey.wishes(self._wishes.pop(0)[1])
        elif fields := self._fields():
            self.journey.submits(fields)
        elif letter := self._letter():
            self._letters.remove(letter)
            self.journey.writes(*letter[1:])
        else:
            self._waits()

    def _has_come(self, day: int) -> bool:
        return self._on(day) <= journey_clock().now()

    def _on(self, day: int) -> datetime:
        return self._began + timedelta(days=day)

    def _fields(self) -> dict[str, str]:
        case = self.journey.case
        chosen = {question.field: self._chosen(question) for question in case.open_questions()}
        return {name: option_label(option, case) for name, option in chosen.items() if option}

    def _chosen(self, question: Question) -> str:
        if question.id in self._silent or not self._has_come(
            self._not_before.get(question.kind, 0)
        ):
            return NOBODY
        about = (question.kind, question.measure) if question.measure else question.kind
        foreseen = self._answers.get(about)
        option = foreseen.popleft() if foreseen else usual_answer(question)
        if option == NOBODY:
            self._silent.add(question.id)
        return option

    def _letter(self) -> tuple[int, str, str] | None:
        """Return what an agency has to write by now, of a living request."""
        asked = {request.agency for request in self.journey.case.live_requests()}
        return next(
            (
                letter
                for letter in self._letters
                if letter[1] in asked
                and self._has_come(letter[0])
                and links_to(agency_of(letter[1]).address)
            ),
            None,
        )

    def _waits(self) -> None:
        days = [day for day, _ in self._wishes] + [day for day, _, _ in self._letters]
        days += self._not_before.values()
        ahead = [self._on(day) for day in days if not self._has_come(day)]
        until = min(ahead, default=None)
        if not self.journey.jumps(before=until):
            assert until is not None, f"{self.journey.reference} waits for nothing"
            self.journey.jumps_to(until)
