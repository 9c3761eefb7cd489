"""Looks for a person's planted values in everything an exception could show."""

import pickle
import traceback
from dataclasses import dataclass

from tests.connectors.people import SECRETS_OF_A_LIFE


@dataclass(frozen=True)
class Shown:
    """All that an exception shows, in one text."""

    text: str

    def is_silent(self) -> None:
        """Fail on the first value of the person that is found."""
        found = [value for value in SECRETS_OF_A_LIFE if value in self.text]
        assert not found, f"{found} shown in: {self.text[:400]}"


def everything_shown(error: BaseException) -> Shown:
    """Gather the text, the arguments, the chain and the pickled form of an exception."""
    # Rule: no chain at all. What is chained holds the request, and a log may print it.
    assert error.__cause__ is None
    assert error.__context__ is None
    frames = "".join(traceback.format_exception(error))
    pickled = pickle.dumps(error).decode("utf-8", "replace")
    return Shown("\n".join([str(error), repr(error), repr(error.args), frames, pickled]))
