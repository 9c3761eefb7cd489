"""The journey, top to bottom. Start here.

Each wake-up runs it from the first line. What is already done is in our tables, and each chapter
returns only what is due now: nothing is done twice, nothing is replayed.
"""

from prefect import flow

from flows.waiting import finish, sleep, this_run
from models.journey.contact import first_contact
from models.journey.danger import immediate_danger, suicidal_risk
from models.journey.ending import closing, confirmation, follow_up, stability
from models.journey.lists import lists
from models.journey.plan import plan
from models.journey.requests import calls, nothing_forgotten, requests
from models.journey.yeses import yeses
from store.passes import is_over
from tasks.acts import carry_out_acts
from tasks.answers import collect_answers
from tasks.turn import advance, begin, digest_news, look


@flow(
    name="Départ",
    description="Accompagner une personne, de la proposition à une situation stable.",
    retries=0,
    persist_result=False,
    validate_parameters=False,
)
def departure(reference: str) -> str:
    """Accompany one person from the proposal to a stable situation. Only this reference enters
    Prefect.
    """
    turn = begin(reference, this_run())

    # What happened while the departure slept: answers left in the form, agencies' replies,
    # deadlines reached in silence, changes of mind. In order, each once.
    collect_answers(turn)
    digest_news(turn)

    advance(
        turn,
        # Danger first: it ignores calendars, queues and planned dates.
        immediate_danger,
        suicidal_risk,
        # 1-2. A prescriber proposed, the person agreed. The referent reaches them, safely, within
        # five days.
        first_contact,
        # 3. Danger, needs and consent are confirmed measure by measure; the referent signs.
        plan,
        # 4. Every measure that waits for no other is requested: all agencies at once, each once,
        # but none along a path to the alleged perpetrator. Some measures are lists to go through.
        requests,
        lists,
        calls,
    )
    carry_out_acts(turn)

    advance(
        turn,
        # A yes has an end: it is asked anew in time.
        yeses,
        # 5. What the agencies say is done, the person confirms.
        confirmation,
        # 6. J+7, J+30, J+90; then the referent closes the departure, with its outcome.
        follow_up,
        stability,
        closing,
        # Whatever waits for nobody is put to a human.
        nothing_forgotten,
    )

    case = look(turn)
    if is_over(case):
        finish(turn, case)
        return str(case.departure.outcome)
    sleep(turn)
