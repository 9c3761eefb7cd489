"""The published form of a referral is the one the door really reads."""

import json

from core.settings import ROOT
from models.referral_schema import referral_schema


def test_the_published_schema_is_the_model() -> None:
    published = json.loads((ROOT / "docs" / "referral.schema.json").read_bytes())

    assert published == referral_schema()


def test_everything_in_the_published_schema_has_a_french_title_and_description() -> None:
    schema = referral_schema()

    for sheet in [schema, *schema["$defs"].values()]:
        assert sheet["title"]
        assert sheet["description"]
