"""An agent answers with the choices of its measure; nothing else becomes a reply."""

import pytest

from gateway.letterbox_form import FormIncomplete, form_for, read_fields, read_reply
from models.agency import Channel
from models.measure import CHECKLISTS, NO_EVIDENCE, Measure
from models.reply import Detail, ReplyKind
from models.request import AgencyRequest, RefusalReason
from tests.intake.invented import NOW

_NUMBER = "6f1c1c1e-0000-4000-8000-000000000001"


def request(measure: Measure) -> AgencyRequest:
    return AgencyRequest(
        reference="21-XXXXXX",
        measure=measure,
        agency="msa-21",
        channel=Channel.LETTERBOX,
        changed_at=NOW,
    )


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"reponse": "recue"}, ReplyKind.RECEIVED),
        ({"reponse": "acceptee"}, ReplyKind.ACCEPTED),
        ({"reponse": "realisee"}, ReplyKind.FULFILLED),
        ({"reponse": "refusee", "motif": "not_eligible"}, ReplyKind.REFUSED),
        ({"reponse": "piece", "piece": "bank_details"}, ReplyKind.NEED_INFO),
    ],
)
def test_each_answer_becomes_a_reply_about_this_request(
    fields: dict[str, str], kind: ReplyKind
) -> None:
    reply = read_reply({"envoi": _NUMBER, **fields}, request(Measure.AUU), NOW)

    assert reply.kind is kind
    assert reply.request_key == "21-XXXXXX:auu:msa-21:1"
    assert reply.event == f"letterbox:{_NUMBER}"


def test_a_refusal_carries_its_reason_and_only_a_refusal_does() -> None:
    refused = {"envoi": _NUMBER, "reponse": "refusee", "motif": "no_capacity", "piece": "identity"}
    accepted = refused | {"reponse": "acceptee"}

    assert read_reply(refused, request(Measure.PSY), NOW).reason is RefusalReason.NO_CAPACITY
    assert read_reply(refused, request(Measure.PSY), NOW).detail is None
    assert read_reply(accepted, request(Measure.PSY), NOW).reason is None


def test_a_missing_piece_says_which_one() -> None:
    fields = {"envoi": _NUMBER, "reponse": "piece", "piece": "evidence"}

    assert read_reply(fields, request(Measure.AUU), NOW).detail is Detail.EVIDENCE


@pytest.mark.parametrize(
    ("measure", "fields"),
    [
        (Measure.AUU, {}),
        (Measure.AUU, {"reponse": "peut-être"}),
        (Measure.AUU, {"reponse": "refusee"}),
        (Measure.AUU, {"reponse": "refusee", "motif": "no_show"}),
        (Measure.AUU, {"reponse": "piece"}),
        (Measure.PSY, {"reponse": "piece", "piece": "evidence"}),
        (Measure.PSY, {"reponse": "refusee", "motif": "evidence_missing"}),
        (Measure.HOUSING, {"reponse": "piece", "piece": "identity"}),
        (Measure.STABLE_HOUSING, {"reponse": "piece", "piece": "bank_details"}),
        (Measure.STABLE_HOUSING, {"reponse": "refusee", "motif": "evidence_missing"}),
        (Measure.CHILDCARE, {"reponse": "classee"}),
        (Measure.AUU, {"reponse": "recue", "envoi": "deux"}),
    ],
)
def test_what_the_form_does_not_offer_is_not_taken(
    measure: Measure, fields: dict[str, str]
) -> None:
    with pytest.raises(FormIncomplete):
        read_reply({"envoi": _NUMBER, **fields}, request(measure), NOW)


def test_emergency_housing_offers_no_way_to_ask_for_a_document() -> None:
    form = form_for(Measure.HOUSING)

    assert "piece" not in form.answers
    assert not form.pieces


def test_a_landlord_ranks_a_request_or_asks_for_the_proof_of_its_priority() -> None:
    ranked = {"envoi": _NUMBER, "reponse": "classee"}
    asked = {"envoi": _NUMBER, "reponse": "piece", "piece": "evidence"}

    assert read_reply(ranked, request(Measure.STABLE_HOUSING), NOW).kind is ReplyKind.WAITING
    assert read_reply(asked, request(Measure.STABLE_HOUSING), NOW).detail is Detail.EVIDENCE


@pytest.mark.parametrize("measure", sorted(set(Measure) - CHECKLISTS - NO_EVIDENCE))
def test_a_proof_of_violence_is_asked_for_where_the_law_makes_it_count(measure: Measure) -> None:
    may_ask = {Measure.AUU, Measure.STABLE_HOUSING}

    assert (Detail.EVIDENCE.value in form_for(measure).pieces) is (measure in may_ask)


@pytest.mark.parametrize("body", [b"\xff", "é=1".encode(), b"&".join([b"a=1"] * 50), b"a=%ff"])
def test_a_form_that_cannot_be_read_is_incomplete(body: bytes) -> None:
    with pytest.raises(FormIncomplete):
        read_fields(body)
