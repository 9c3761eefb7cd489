"""Facts — ce que les règles doivent savoir : the household in coarse codes, so that no rule ever
opens the vault.
"""

from datetime import date, time
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from models.ages import age_on, is_in_charge
from models.columns import coded
from models.person import (
    AccountKind,
    ChannelKind,
    EvidenceKind,
    ParentalAuthority,
    Person,
    PsyTriage,
    ResourcesBand,
    Window,
)
from models.referral import Referral

_YOUNG_UNDER = 26  # mission locale: 16 to 25 years


def _codes() -> Any:
    return Field(sa_column=Column(JSON, nullable=False))


class Facts(SQLModel, table=True):
    """What is known of one household. No name, no date of birth, no place, no number to call."""

    __tablename__ = "facts"

    reference: str = Field(primary_key=True, foreign_key="departure.reference")
    under_26: bool
    children_under_21: int
    is_allocataire: bool
    shares_file: bool
    resources_band: ResourcesBand = coded(ResourcesBand)
    joint_account: bool
    """The only account is held with the alleged perpetrator."""
    last_allowance_on: date | None = None
    evidence: list[list[str]] = _codes()
    """Pairs: a code of `EvidenceKind`, an ISO date."""
    parental_authority: ParentalAuthority = coded(ParentalAuthority)
    psy_triage: PsyTriage = coded(PsyTriage)
    mail_is_safe: bool
    channels: list[str] = _codes()
    """Codes of `ChannelKind`."""
    windows: list[list[Any]] = _codes()
    """Weekday (0 = Monday), then opening and closing, local, as ``HH:MM``."""
    may_leave_voicemail: bool
    caller_id_hidden: bool
    has_code_word: bool
    has_cover_story: bool
    device_compromised: bool | None = None
    shared_accounts: list[str] = _codes()
    """Codes of `AccountKind`."""
    excluded_agencies: list[str] = _codes()
    """Codes of agencies linked to the alleged perpetrator: nothing is asked of them."""
    guarded_agencies: list[str] = _codes()
    """Codes of agencies where one agent is: they are asked through their head only, by voice."""

    def reaches_by(self, kind: ChannelKind) -> bool:
        """Whether this channel was declared safe."""
        return kind.value in self.channels

    def is_shared(self, kind: AccountKind) -> bool:
        """Whether the alleged perpetrator may open such an account."""
        return kind.value in self.shared_accounts

    def newest_evidence(self, *kinds: EvidenceKind) -> date | None:
        """Return the date of the newest proof of these kinds (all when none is given)."""
        wanted = {kind.value for kind in kinds or EvidenceKind}
        dates = [date.fromisoformat(day) for kind, day in self.evidence if kind in wanted]
        return max(dates, default=None)

    def safe_windows(self) -> list[Window]:
        """Return when it is safe to reach the person, in local hours."""
        return [
            Window(weekday=day, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
            for day, opens, closes in self.windows
        ]


def facts_of(reference: str, referral: Referral, today: date) -> Facts:
    """Return what the rules may know of a referral; `today` is the local date."""
    person = referral.person
    household, sheet = person.household, person.safe_contact
    return Facts(
        reference=reference,
        under_26=age_on(today, person.born_on) < _YOUNG_UNDER,
        children_under_21=_children_under_21(person, today),
        is_allocataire=household.is_allocataire,
        shares_file=household.shares_file,
        resources_band=household.resources_band,
        joint_account=household.sole_name_iban is None and household.joint_account is True,
        last_allowance_on=household.last_allowance_on,
        evidence=[[proof.kind.value, proof.dated_on.isoformat()] for proof in person.evidence],
        parental_authority=person.parental_authority,
        psy_triage=person.psy_triage,
        mail_is_safe=person.mail_address is not None,
        channels=sorted({channel.kind.value for channel in sheet.channels}),
        windows=[
            [window.weekday, f"{window.opens:%H:%M}", f"{window.closes:%H:%M}"]
            for window in sheet.windows
        ],
        may_leave_voicemail=sheet.may_leave_voicemail,
        caller_id_hidden=sheet.caller_id_hidden,
        has_code_word=bool(sheet.code_word),
        has_cover_story=bool(sheet.cover_story),
        device_compromised=sheet.device_compromised,
        shared_accounts=sorted({account.value for account in person.shared_accounts}),
        excluded_agencies=sorted(set(referral.excluded_agencies)),
        guarded_agencies=sorted(set(referral.guarded_agencies)),
    )


def facts_of_nobody(reference: str) -> Facts:
    """Return what may be supposed of somebody who was erased: no path is safe."""
    return Facts(
        reference=reference,
        under_26=False,
        children_under_21=0,
        is_allocataire=True,
        shares_file=True,
        resources_band=ResourcesBand.UP_TO_HALF,
        joint_account=True,
        evidence=[],
        parental_authority=ParentalAuthority.UNKNOWN,
        psy_triage=PsyTriage.UNKNOWN,
        mail_is_safe=False,
        channels=[],
        windows=[],
        may_leave_voicemail=False,
        caller_id_hidden=True,
        has_code_word=False,
        has_cover_story=False,
        shared_accounts=sorted(AccountKind),
        excluded_agencies=[],
        guarded_agencies=[],
    )


def _children_under_21(person: Person, today: date) -> int:
    return sum(is_in_charge(today, child.born_on) for child in person.children)
