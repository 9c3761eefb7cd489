"""The door, seen by a prescriber's software."""

from typing import Any

from cli.local_http import call
from core.settings import settings


def file_referral(document: dict[str, Any]) -> str:
    """File a referral at the door and return its reference. Raises `LocalServerSilent`."""
    token = settings().door_token.get_secret_value()
    answer = call("POST", f"{settings().door_url}/referrals", body=document, token=token)
    return str(answer["reference"])
