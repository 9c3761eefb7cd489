"""The demonstration answers as people do: by the door, then the guard, under one's own account."""

from uuid import UUID

import pytest

from cli.local_http import LocalServerSilent
from cli.referents import make_accounts, referents_of
from cli.screen import Screen
from models.labels import label
from models.question import Choice, QuestionKind
from tests.living import TERRITORY, Life, eventually

# Real processes on a busy machine; the first test also waits for the whole world to stand.
pytestmark = pytest.mark.timeout(300)


def test_an_answer_is_signed_by_the_referent_and_another_one_s_is_refused(life: Life) -> None:
    # A start that finds the accounts leaves them as they are.
    make_accounts([TERRITORY])
    departure = life.files_in_danger()
    contact = departure.asks(QuestionKind.FIRST_CONTACT)
    referent = departure.case.departure.referent
    [other] = referents_of([TERRITORY]).keys() - {referent}
    run, fields = UUID(departure.flow_run["id"]), {contact.field: label(Choice.REACHED)}

    with pytest.raises(LocalServerSilent, match="a répondu 403"):
        Screen(other).sends(run, fields)
    assert Screen(referent).sends(run, fields)

    def answered() -> str | None:
        return departure.case.question(contact.id).answered_by

    assert eventually(answered, "the answer is read") == referent
