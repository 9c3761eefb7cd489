"""The form of the flow run page: one field for each open question, in French, nothing to type."""

from typing import Any, Literal
from uuid import UUID

from prefect.input import RunInput
from prefect.input.run_input import Keyset, keyset_from_base_key
from pydantic import Field, create_model

from models.case import Case
from models.labels import label
from models.page import form_description
from models.question import Question, Wish
from models.wording import help_of, option_label, title_of

LATER = "Plus tard"
WISH_FIELD = "agir"


class KeptForm(RunInput):
    """A form that is kept at Prefect before the run sleeps.

    Danger: Prefect puts a run to sleep, then keeps its form. A crash or a lost answer between the
    two leaves a run that nobody can resume. With ours the order is the other way round.
    """

    @classmethod
    def keep(cls, flow_run: UUID, key: str) -> None:
        """Keep the form under the key of a suspension to come. Raises what Prefect raises."""
        super().save(keyset_from_base_key(f"suspended-{key}"), flow_run_id=flow_run)

    @classmethod
    def save(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> None:
        """Do nothing: this is what `suspend_flow_run` calls, after the run sleeps."""


def form_for(case: Case) -> type[KeptForm]:
    """Return the form that asks all that is open. A field is named by its question's number."""
    ordered = sorted(case.open_questions(), key=lambda question: question.due_at)
    fields: dict[str, Any] = {question.field: _field(question, case) for question in ordered}
    fields[WISH_FIELD] = _wish_field()
    form: type[KeptForm] = create_model("Formulaire", __base__=KeptForm, **fields)
    return form.with_initial_data(description=form_description(case))


def _field(question: Question, case: Case) -> tuple[Any, Any]:
    labels = tuple(option_label(option, case) for option in question.options)
    field = Field(
        default=LATER, title=title_of(question, case), description=help_of(question, case)
    )
    return Literal[(LATER, *labels)], field


def _wish_field() -> tuple[Any, Any]:
    labels = tuple(label(wish) for wish in Wish)
    return Literal[labels], Field(
        default=label(Wish.NOTHING),
        title="Autre chose ?",
        description="À tout moment. Police ou gendarmerie : 17 ; par SMS : 114.",
    )
