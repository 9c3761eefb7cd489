"""What it takes to speak with a caisse: an address, a token to call, a secret to believe."""

from pydantic import SecretStr

from connectors.configuration import CallingSettings


class CafSettings(CallingSettings):
    """``PND_AGENCY_<CODE>_URL``, ``_TOKEN`` and ``_SECRET``."""

    token: SecretStr
