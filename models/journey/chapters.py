"""The chapters of the journey in their order, for whoever lives a pass without Prefect.

`flows/departure.py` is where they are read; a test holds the two together.
"""

from collections.abc import Callable

from models.case import Case
from models.journey.contact import first_contact
from models.journey.danger import immediate_danger, suicidal_risk
from models.journey.ending import closing, confirmation, follow_up, stability
from models.journey.lists import lists
from models.journey.plan import plan
from models.journey.requests import calls, nothing_forgotten, requests
from models.journey.yeses import yeses
from models.step import Steps

Chapter = Callable[[Case], Steps]

BEFORE_ACTS: tuple[Chapter, ...] = (
    immediate_danger,
    suicidal_risk,
    first_contact,
    plan,
    requests,
    lists,
    calls,
)
AFTER_ACTS: tuple[Chapter, ...] = (
    yeses,
    confirmation,
    follow_up,
    stability,
    closing,
    nothing_forgotten,
)
