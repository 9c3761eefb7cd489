"""`pnd reconcile`: compare each request with what its agency says, now and by hand."""

import json
from dataclasses import asdict

import typer

from core.settings import settings
from flows.reconcile import reconcile_by_hand
from models.reconciliation import Findings, is_incomplete, needs_a_human, told
from models.territories import TerritoryInvalid, load_territories

DONE, TO_CORRECT, NO_ANSWER = 0, 2, 3


def reconcile_territories(codes: list[str], *, as_json: bool) -> int:
    """Compare these territories (all, when none is named), and print in French what differed."""
    try:
        known = load_territories(settings().territories)
    except TerritoryInvalid as invalid:
        typer.echo(str(invalid), err=True)
        return TO_CORRECT
    if unknown := [code for code in codes if code not in known]:
        typer.echo(f"Territoire inconnu : {', '.join(unknown)}.", err=True)
        return TO_CORRECT
    findings = {code: reconcile_by_hand(code) for code in codes or known}
    if as_json:
        typer.echo(json.dumps(_as_json(findings), ensure_ascii=False, indent=2))
    else:
        for code, found in findings.items():
            typer.echo("\n".join([f"{code} — {known[code].name}", *told(found)]))
    return _status([one for found in findings.values() for one in found])


def _status(findings: list[Findings]) -> int:
    if needs_a_human(findings):
        return TO_CORRECT
    return NO_ANSWER if is_incomplete(findings) else DONE


def _as_json(findings: dict[str, list[Findings]]) -> dict[str, list[dict[str, object]]]:
    return {code: [asdict(one) for one in found] for code, found in findings.items()}
