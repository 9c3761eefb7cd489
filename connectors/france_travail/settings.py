"""What it takes to speak with France Travail: an address and an OAuth2 client."""

from typing import Annotated

from pydantic import Field, SecretStr

from connectors.configuration import AgencySettings


class FranceTravailSettings(AgencySettings):
    """``PND_AGENCY_<CODE>_URL``, ``_CLIENT_ID`` and ``_CLIENT_SECRET``."""

    client_id: Annotated[str, Field(min_length=1)]
    client_secret: SecretStr
