"""What it takes to speak with a help desk: an address and a token."""

from pydantic import SecretStr

from connectors.configuration import AgencySettings


class BavSettings(AgencySettings):
    """``PND_AGENCY_<CODE>_URL`` and ``_TOKEN``."""

    token: SecretStr
