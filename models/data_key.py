"""DataKey — clé d'un départ : what opens one departure's sealed document, itself wrapped by a
master key.
"""

from sqlmodel import Field, SQLModel


class DataKey(SQLModel, table=True):
    """One departure's own key, wrapped. Kept out of `pnd backup`: destroying the row forgets the
    person in every backup too.
    """

    __tablename__ = "data_key"

    reference: str = Field(primary_key=True, foreign_key="departure.reference")
    key_id: str = Field(index=True)
    """Which master key wraps it; says nothing about that key."""
    nonce: bytes
    wrapped: bytes
