"""LetterboxLink — lien de boîte : opens one request's page to one agency. Only a digest of it is
kept.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.columns import instant


class LetterboxLink(SQLModel, table=True):
    """One link sent to an agency. Whoever reads this table cannot rebuild it."""

    __tablename__ = "letterbox_link"

    digest: str = Field(primary_key=True)
    request_id: int = Field(foreign_key="agency_request.id", index=True)
    made_at: datetime = instant()


class LetterboxNotice(SQLModel, table=True):
    """LetterboxNotice — avis : a message without personal data that waits to be carried to an
    agency.
    """

    __tablename__ = "letterbox_notice"

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    address: str
    subject: str
    text: str
    made_at: datetime = instant()
