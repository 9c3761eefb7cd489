"""What it takes to speak with a childcare desk: an address, an API key, a secret to believe."""

from pydantic import SecretStr

from connectors.configuration import CallingSettings


class PetiteEnfanceSettings(CallingSettings):
    """``PND_AGENCY_<CODE>_URL``, ``_TOKEN`` (its API key) and ``_SECRET``."""

    token: SecretStr
