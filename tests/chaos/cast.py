"""The referents: they answer what is asked, in the form or by the command, each in their manner."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
from sqlmodel import col, select

from cli.usual_answers import usual_answer
from flows.start import FLOW
from models.act import Act, ActState
from models.case import Case
from models.departure import Departure, DepartureState
from models.labels import label
from models.news import News
from models.question import Choice, Question, QuestionKind, Wish
from models.wording import option_label
from store.cases import read_case
from store.engine import session
from store.news import record_answer
from tests.chaos.schedule import Filing

BY_COMMAND = "chaos"
"""Who answers by the command, as the journal tells it."""

# A move opens a second departure, that no filing of ours speaks of.
_NEVER_AT_RANDOM = (QuestionKind.TRANSFER,)
_ODDLY = 0.25
_BY_COMMAND = 0.35
_FORGETS_BELL = 0.5
_WISHES_FOR_MORE = 0.08
_MORE = (Wish.TAKE_BACK, Wish.DANGER, Wish.NEW_FACT, Wish.JUSTICE)
# A wish whose form came to nothing is made again; not sooner, or it would be made twice.
_WISHES_AGAIN_AFTER_SECONDS = 45.0
_UNDER_WAY = ("SCHEDULED", "PENDING", "RUNNING")
_ENDING = {
    QuestionKind.FIRST_CONTACT: Choice.CONTACT_LOST,
    QuestionKind.DANGER_NOW: Choice.POLICE_CALLED,
    QuestionKind.CLOSE: Choice.CLOSE_EXIT,
    QuestionKind.REOPEN: Choice.CLOSE_RETURNED,
}


Chosen = list[tuple[Question, str]]


@dataclass(frozen=True)
class AcceptedForm:
    """A form that Prefect accepted: every answer in it must reach our tables."""

    reference: str
    number: int
    """Of the suspension."""
    answers: tuple[str, ...]
    """As the journal writes them, ``close:close_exit``."""
    wish: Wish


@dataclass
class _Referent:
    """Who carries one departure, and how much longer."""

    filing: Filing
    reference: str
    random: Random
    patience: int
    wished_at: float = 0.0


@dataclass(frozen=True)
class Standing:
    """Where a departure stands, at a glance."""

    departure: Departure
    has_news: bool
    has_questions: bool
    has_acts: bool

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do, for anybody."""
        is_closed = self.departure.state is DepartureState.CLOSED
        return is_closed and not (self.has_news or self.has_questions or self.has_acts)


@dataclass(frozen=True)
class Glance:
    """Where all departures stand."""

    opened: int
    living: int
    """Those for whom something is left to do."""
    restless: list[str]
    """Those whom a pass, or a referent, has yet to serve."""
    passes: int
    """How many flow runs are under way, or about to be."""

    @property
    def is_over(self) -> bool:
        """Whether everybody is settled, and every run has ended."""
        return not (self.living or self.passes)


@dataclass
class Cast:
    """Every referent of a run."""

    api: str
    """Prefect's API, reached by no link: a referent's browser is not one of our processes."""
    seed: int
    credential: httpx.BasicAuth
    """What Prefect wants to be shown."""
    accepted: list[AcceptedForm] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    """How often Prefect answered each status to a form or a bell."""
    by_command: int = 0
    is_ending: bool = False
    """From now on everybody brings their departure to a close."""
    _referents: dict[str, _Referent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._prefect = httpx.Client(
            base_url=self.api, auth=self.credential, timeout=10.0, trust_env=False
        )

    def close(self) -> None:
        """Give the connections back."""
        self._prefect.close()

    def meets(self, filings: Sequence[Filing], references: Mapping[int, str]) -> None:
        """Give a referent to each departure that the door has opened since."""
        for filing in filings:
            reference = references.get(filing.number)
            if reference is not None and reference not in self._referents:
                random = Random(f"{self.seed}:{filing.number}")
                self._referents[reference] = _Referent(filing, reference, random, filing.patience)

    def looks(self) -> "Glance":
        """Answer all who wait for an answer. Return where everybody stood before."""
        standing = _standing()
        living = [one for one in standing if not one.is_settled]
        asleep = self._asleep([one.departure for one in living])
        for one in living:
            if one.departure.reference in asleep:
                self._answers(one)
        restless = [
            one.departure.reference
            for one in living
            if one.has_news or one.has_questions or one.departure.reference not in asleep
        ]
        return Glance(len(standing), len(living), restless, self._passes())

    def _answers(self, one: Standing) -> None:
        referent = self._referents.get(one.departure.reference)
        if referent is None:
            return
        ends = self.is_ending or referent.patience <= 0
        if not one.has_questions and not (ends and self._may_wish(referent)):
            return
        case = read_case(referent.reference)
        if case is None or (not case.open_questions() and _is_closed(case)):
            return
        chosen = [(q, self._option(referent, q, ends)) for q in case.open_questions()]
        wish = self._wish(referent, case, ends)
        if wish is Wish.NOTHING and chosen and referent.random.random() < _BY_COMMAND:
            self._commands(referent, chosen)
        else:
            self._submits(referent, case, chosen, wish)
        referent.patience -= 1

    def _option(self, referent: _Referent, question: Question, ends: bool) -> str:
        # The same occasion is answered alike at each replay, whatever came before it.
        random = Random(f"{self.seed}:{referent.filing.number}:{question.slot}")
        wanted = _ENDING.get(question.kind, usual_or_first(question)) if ends else None
        if wanted is not None and wanted in question.options:
            return str(wanted)
        is_odd = not ends and random.random() < _ODDLY and question.kind not in _NEVER_AT_RANDOM
        return random.choice(question.options) if is_odd else usual_or_first(question)

    def _wish(self, referent: _Referent, case: Case, ends: bool) -> Wish:
        is_closing = case.open_questions(QuestionKind.CLOSE) or _is_closed(case)
        if case.open_questions(QuestionKind.FIRST_CONTACT) or is_closing:
            return Wish.NOTHING
        if ends and case.departure.state is not DepartureState.PAUSED:
            return Wish.CLOSE if self._may_wish(referent) else Wish.NOTHING
        if ends or referent.random.random() >= _WISHES_FOR_MORE:
            return Wish.NOTHING
        return referent.random.choice(_MORE)

    @staticmethod
    def _may_wish(referent: _Referent) -> bool:
        return time.monotonic() - referent.wished_at > _WISHES_AGAIN_AFTER_SECONDS

    def _commands(self, referent: _Referent, chosen: Chosen) -> None:
        """As `pnd answer` does: our table first, the bell afterwards, if nothing comes between."""
        for question, option in chosen:
            self.by_command += record_answer(
                referent.reference, question.id or 0, option, BY_COMMAND
            )
        if referent.random.random() >= _FORGETS_BELL:
            case = read_case(referent.reference)
            if case is not None:
                self._resume(case, {})

    def _submits(self, referent: _Referent, case: Case, chosen: Chosen, wish: Wish) -> None:
        fields = {q.field: option_label(option, case) for q, option in chosen}
        if wish is not Wish.NOTHING:
            fields["agir"] = label(wish)
        number = self._suspension(case)
        if number is None or self._resume(case, fields) != "ACCEPT":
            return
        answers = tuple(f"{q.kind.value}:{option}" for q, option in chosen)
        self.accepted.append(AcceptedForm(referent.reference, number, answers, wish))
        if wish is Wish.CLOSE:
            referent.wished_at = time.monotonic()

    def _suspension(self, case: Case) -> int | None:
        run = self._prefect.get(f"/flow_runs/{case.departure.flow_run}").json()
        key = ((run.get("state") or {}).get("state_details") or {}).get("pause_key")
        return int(key) if key else None

    def _resume(self, case: Case, fields: Mapping[str, str]) -> str:
        run = case.departure.flow_run
        answer = self._prefect.post(f"/flow_runs/{run}/resume", json={"run_input": dict(fields)})
        status = str(answer.json()["status"]) if answer.is_success else str(answer.status_code)
        self.said[status] += 1
        return status

    def _passes(self) -> int:
        # The comparisons of the coming nights are planned for ever.
        under_way = {
            "flows": {"name": {"any_": [FLOW]}},
            "flow_runs": {"state": {"type": {"any_": list(_UNDER_WAY)}}},
        }
        answer = self._prefect.post("/flow_runs/count", json=under_way)
        return int(answer.raise_for_status().json())

    def _asleep(self, departures: list[Departure]) -> set[str]:
        """Return the references whose flow run is suspended."""
        runs = {str(d.flow_run): d.reference for d in departures if d.flow_run is not None}
        found: list[dict[str, Any]] = []
        wanted = list(runs)
        while wanted:
            page, wanted = wanted[:200], wanted[200:]
            query = {
                "flow_runs": {"id": {"any_": page}, "state": {"type": {"any_": ["PAUSED"]}}},
                "limit": 200,
            }
            answer = self._prefect.post("/flow_runs/filter", json=query)
            found += answer.raise_for_status().json()
        return {runs[run["id"]] for run in found}


def usual_or_first(question: Question) -> str:
    """Return the usual answer to a question, or the first that is offered."""
    offered = [str(option) for option in question.options]
    if question.kind is QuestionKind.CLOSE:
        return Choice.CLOSE_EXIT.value
    try:
        usual = usual_answer(question).value
    except StopIteration:
        return offered[0]
    return usual if usual in offered else offered[0]


def _is_closed(case: Case) -> bool:
    return case.departure.state is DepartureState.CLOSED


def _standing() -> list[Standing]:
    with session() as opened:
        unread = set(opened.exec(select(News.reference).where(col(News.read_at).is_(None))).all())
        asked = select(Question.reference).where(
            col(Question.answered_at).is_(None), col(Question.dropped_at).is_(None)
        )
        open_to_answer = set(opened.exec(asked).all())
        acting = select(Act.reference).where(Act.state == ActState.INTENDED)
        to_do = set(opened.exec(acting).all())
        return [
            Standing(
                departure,
                departure.reference in unread,
                departure.reference in open_to_answer,
                departure.reference in to_do,
            )
            for departure in opened.exec(select(Departure)).all()
        ]
