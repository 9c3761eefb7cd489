"""Simulation — horloge simulée : where a simulated clock started and how fast it runs. Never in
production.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.columns import instant


class Simulation(SQLModel, table=True):
    """At most one row: simulated time = simulated_origin + speed × (real time − real_origin)."""

    __tablename__ = "simulation"

    id: int = Field(default=1, primary_key=True)
    real_origin: datetime = instant()
    simulated_origin: datetime = instant()
    speed: float
