"""What a question can be about, beside a measure and an agency: closed lists of codes."""

from enum import StrEnum

from models.agency import Emission
from models.protection import ProtectionKind
from models.question import QuestionKind


class Doubt(StrEnum):
    """What may stand between the person and a yes, told before anything is sent."""

    EVIDENCE_MISSING = "evidence_missing"
    """CASF L214-9: one of three proofs."""
    EVIDENCE_TOO_OLD = "evidence_too_old"
    """CASF D214-11: less than 12 months old at the request."""
    PAID_WITHIN_12_MONTHS = "paid_within_12_months"
    """CASF D214-12."""
    SHARED_FILE = "shared_file"
    """Danger: the other holder of the household's file reads what the caisse writes there."""
    JOINT_ACCOUNT = "joint_account"
    """Danger: lawful (loi du 24 décembre 2021), but the other holder sees the payment."""
    OTHER_PARENT = "other_parent"
    """C. civ. 372-2: the other parent's agreement is presumed until the school knows better."""


class ChecklistItem(StrEnum):
    """One line of a list gone through with the person."""

    SAVINGS_PROOF = "savings_proof"
    """OP or criminal follow-up; a bare complaint is not enough (C. trav. R3324-22)."""
    SAVINGS_ACCOUNT = "savings_account"
    SAVINGS_FILED = "savings_filed"
    ELECTORAL_ROLL = "electoral_roll"
    """Hidden address on the electoral roll, with an OP (loi 2024-536)."""
    MAIL_HOME = "mail_home"
    """Domiciliation, or an address for service (C. civ. 515-11 6°, 6° bis)."""
    MAIL_FORWARDING = "mail_forwarding"
    VEHICLE_REGISTER = "vehicle_register"
    PASSWORDS = "passwords"


class Trigger(StrEnum):
    """Why the danger is assessed anew (a rule of the project)."""

    REVIEW = "review"
    SEPARATION_TOLD = "separation_told"
    PERPETRATOR_RELEASED = "perpetrator_released"
    PERPETRATOR_SEARCHES = "perpetrator_searches"
    ORDER_SERVED = "order_served"
    HEARING_FIXED = "hearing_fixed"
    """The alleged perpetrator is summoned."""
    ORDER_REFUSED = "order_refused"
    NO_CONTACT = "no_contact"
    NO_SHOW = "no_show"
    DIFFICULTY = "difficulty"
    RETURN_HOME = "return_home"


class Right(StrEnum):
    """A right that ends."""

    AUU_RIGHTS = "auu_rights"
    """Six months of rights that come with the AUU, from its first payment (CASF L214-10)."""


# What the `about` of a question or of a deadline is a code of.
ABOUT: dict[QuestionKind, tuple[type[StrEnum], ...]] = {
    QuestionKind.DOUBT: (Doubt,),
    QuestionKind.LEAK_PATH: (Emission,),
    QuestionKind.CHECKLIST: (ChecklistItem,),
    QuestionKind.DANGER: (Trigger,),
    QuestionKind.PROTECTION: (ProtectionKind,),
    QuestionKind.LEGAL_END: (Right, ProtectionKind),
}
