"""Poll — relève : when an agency that does not call back was last asked what it has to say."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.columns import instant


class Poll(SQLModel, table=True):
    """One polled agency: what it said up to `since` is known; it is asked again at `next_at`."""

    __tablename__ = "poll"

    agency: str = Field(primary_key=True)
    since: datetime = instant()
    next_at: datetime = instant()
