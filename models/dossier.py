"""All that is kept about one person, in words that the person reads (RGPD art. 15 and 20)."""

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from models.labels import LABELS, label

# What only carries the machinery, or repeats what is said elsewhere.
LEFT_OUT = frozenset(
    {
        "fingerprint",
        "flow_run",
        "generation",
        "id",
        "lease_token",
        "lease_until",
        "news_id",
        "question_id",
        "deadline_id",
        "request_id",
        "request_key",
        "restarts",
        "round",
        "schema_version",
        "slot",
        "tries",
    }
)

NAMES: Mapping[str, str] = {
    "about": "À propos de",
    "agency": "Organisme",
    "agency_reference": "Numéro chez l'organisme",
    "agreed_to_be_contacted": "A accepté d'être contactée",
    "answer": "Réponse",
    "answer_about": "Réponse, à propos de",
    "answered_at": "Répondu le",
    "answered_by": "Répondu par",
    "answers": "Réponses",
    "asked_of": "Posée à",
    "attempt": "Rang",
    "band": "Niveau",
    "born_on": "Date de naissance",
    "caller_id_hidden": "Numéro masqué",
    "came_at": "Arrivée le",
    "came_from": "Venu du départ",
    "cents": "Montant, en centimes d'euro",
    "changed_at": "Changé le",
    "channel": "Canal",
    "channels": "Canaux sûrs",
    "children": "Enfants",
    "children_under_21": "Enfants de moins de 21 ans",
    "closed_at": "Clos le",
    "code": "Code",
    "code_word": "Mot de code",
    "closes": "Fin",
    "commune": "Commune actuelle",
    "communes_to_avoid": "Communes à éviter",
    "consents": "Accords",
    "cover_story": "Prétexte d'appel",
    "danger": "Niveau de danger",
    "data_sets": "Jeux de données",
    "dated_on": "Date",
    "day": "Jour du suivi",
    "departs_on": "Jour du départ",
    "departure_planned_on": "Départ prévu le",
    "detail": "Précision",
    "device_compromised": "Appareil surveillé",
    "dropped_at": "Sans objet depuis le",
    "due_at": "Attendu le",
    "ended_at": "Fini le",
    "ends_at": "Jusqu'au",
    "event": "Événement",
    "evidence": "Preuves",
    "excluded_agencies": "Organismes écartés",
    "expires_at": "Expire le",
    "family_name": "Nom",
    "forbidden_collectors": "Qui ne doit pas venir chercher les enfants",
    "gender": "Genre",
    "given_at": "Donné le",
    "given_name": "Prénom",
    "given_through": "Recueilli par",
    "guarded_agencies": "Organismes à joindre par leur direction",
    "has_code_word": "A un mot de code",
    "has_cover_story": "A un prétexte d'appel",
    "household": "Foyer",
    "instrument": "Grille",
    "instrument_version": "Version de la grille",
    "intended_at": "Décidé le",
    "is_allocataire": "Déjà allocataire",
    "job_status": "Situation d'emploi",
    "joint_account": "Seul compte : joint avec l'auteur présumé",
    "key": "Clé d'envoi",
    "kind": "Nature",
    "language": "Langue",
    "last_allowance_on": "Date de la dernière aide",
    "mail_address": "Adresse de courrier sûre",
    "mail_is_safe": "A une adresse de courrier sûre",
    "manner": "Manière",
    "may_leave_voicemail": "Message vocal permis",
    "measure": "Mesure",
    "measures": "Mesures",
    "met_at": "Tenu le",
    "moved_to": "Passé au départ",
    "not_before": "Pas avant le",
    "offer": "Proposition",
    "on": "Date",
    "opened_at": "Ouvert le",
    "opens": "Début",
    "options": "Réponses possibles",
    "organisation_kind": "Nature de l'organisation",
    "outcome": "Issue",
    "overdue_at": "En retard depuis le",
    "parental_authority": "Autorité parentale",
    "pathway": "Filière",
    "person": "Personne",
    "pets": "Animaux",
    "pregnant": "Grossesse",
    "prescriber": "Prescripteur",
    "psy_triage": "Gravité ressentie",
    "reached_at": "Atteint le",
    "read_at": "Lue le",
    "reason": "Motif",
    "reduced_mobility": "Mobilité réduite",
    "reference": "Référence",
    "referent": "Référent",
    "referral_id": "Numéro de la proposition",
    "reply": "Contenu",
    "resources_band": "Tranche de ressources",
    "result": "Résultat",
    "rung": "Marche de l'échelle",
    "safe_contact": "Contact sûr",
    "said_at": "Dit le",
    "scheme": "Régime",
    "sent_at": "Envoyé le",
    "shared_accounts": "Comptes que l'auteur présumé peut ouvrir",
    "shares_file": "Dossier partagé avec l'auteur présumé",
    "sole_name_iban": "IBAN au seul nom",
    "source": "Source",
    "state": "Étape",
    "territory": "Territoire",
    "under_26": "Moins de 26 ans",
    "value": "Numéro ou adresse",
    "verb": "Acte",
    "weekday": "Jour de la semaine",
    "windows": "Créneaux sûrs",
    "wish": "Demande du référent",
    "withdrawn_at": "Retiré le",
}
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def in_french(kept: Any) -> Any:
    """Return rows, sheets and codes as JSON that reads in French; an instant keeps its offset."""
    if isinstance(kept, BaseModel):
        shown = [name for name in type(kept).model_fields if name not in LEFT_OUT]
        return {NAMES[name]: _said(name, getattr(kept, name)) for name in shown}
    if isinstance(kept, Mapping):
        return {
            NAMES.get(name, name): _said(name, value)
            for name, value in kept.items()
            if name not in LEFT_OUT
        }
    if isinstance(kept, list | tuple):
        return [in_french(one) for one in kept]
    return _plain(kept)


def _said(name: str, value: Any) -> Any:
    if name == "weekday" and isinstance(value, int):
        return _DAYS[value]
    return in_french(value)


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return label(value) if type(value) in LABELS else value.value
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
