"""The published form of a referral: the JSON Schema of the model, with French titles."""

from typing import Any

from models.referral import Referral

_SHEETS = {
    "AccountKind": ("Compte partagé", "Ce que l'auteur présumé peut ouvrir ou lire."),
    "PathwayCode": ("Filière", "complet : la caisse évalue ; accompagne : le service social."),
    "PsyTriage": (
        "Gravité ressentie",
        "Un risque suicidaire appelle une personne tout de suite, jamais une file.",
    ),
    "Referral": (
        "Proposition de départ",
        "Ce qu'un prescripteur envoie, avec l'accord de la personne. Le même referral_id envoyé "
        "deux fois est un seul départ.",
    ),
    "ChannelKind": ("Moyen de contact", "Moyen que la personne a déclaré sûr."),
    "Child": ("Enfant", "Un enfant à charge."),
    "ConsentGiven": ("Accord", "Un oui de la personne : cette mesure, auprès de cet organisme."),
    "DangerAnswers": (
        "Évaluation du danger",
        "Réponses codées par oui ou non à l'instrument du prescripteur ; aucun récit.",
    ),
    "DangerBand": ("Niveau de danger", "Un score n'abaisse jamais un jugement humain."),
    "Evidence": ("Justificatif", "Une preuve que la personne détient ; une seule suffit."),
    "EvidenceKind": ("Nature du justificatif", "Les trois preuves admises (CASF L214-9, D214-11)."),
    "Gender": ("Genre", "Ne sert qu'à l'hébergement."),
    "Household": ("Foyer", "Régime, ressources, dossier partagé ou non."),
    "JobStatus": ("Situation d'emploi", "Situation actuelle."),
    "Manner": ("Forme de l'accord", "Écrit, oral, ou avec interprète."),
    "Measure": ("Mesure", "Code d'une mesure du Pack nouveau départ."),
    "MeasureAsked": ("Mesure souhaitée", "Le besoin seul : ni commentaire, ni récit."),
    "OrganisationKind": ("Type d'organisation", "Qui propose le départ."),
    "ParentalAuthority": ("Autorité parentale", "Qui l'exerce (C. civ. 378-2)."),
    "Person": ("Personne", "La personne accompagnée. Ces données sont chiffrées dès réception."),
    "Prescriber": ("Prescripteur", "L'organisation, par un code ; jamais le nom d'un agent."),
    "ResourcesBand": (
        "Tranche de ressources",
        "Mois précédent, en Smic net mensuel (CASF D214-14).",
    ),
    "SafeChannel": ("Contact sûr", "Un moyen de contact et son numéro ou son adresse."),
    "SafeContact": ("Fiche de contact sûr", "Demandée avant tout le reste."),
    "Scheme": ("Régime", "general : CAF ; agricultural : MSA."),
    "Window": ("Créneau sûr", "Un jour et des heures locales du territoire."),
}

_FIELDS = {
    "Referral": {
        "schema_version": "Version de ce format",
        "referral_id": "Identifiant choisi par le prescripteur, le même à chaque envoi",
        "territory": "Département (21, 2A, 974…)",
        "prescriber": "Prescripteur",
        "person": "Personne",
        "measures": "Mesures souhaitées, chacune une fois",
        "consents": "Accords donnés, chacun une fois",
        "danger": "Évaluation du danger",
        "excluded_agencies": "Organismes liés à l'auteur présumé : rien ne leur est demandé",
        "guarded_agencies": "Organismes dont un agent lui est lié : direction seule, par appel",
        "pathway": "Filière ; null pour celle du territoire",
        "departure_planned_on": "Date prévue du départ ; null si rien n'est décidé",
        "agreed_to_be_contacted": "La personne accepte d'être contactée par le référent",
    },
    "Child": {
        "given_name": "Prénom",
        "family_name": "Nom",
        "born_on": "Date de naissance",
    },
    "ConsentGiven": {
        "measure": "Mesure",
        "agency": "Code de l'organisme dans le territoire, tel que caf-21",
        "manner": "Forme de l'accord",
        "given_at": "Instant de l'accord, avec fuseau horaire",
    },
    "DangerAnswers": {
        "instrument": "Code de l'instrument utilisé",
        "instrument_version": "Version de l'instrument",
        "answers": "Code de la question : oui (true) ou non (false)",
        "band": "Niveau de danger",
    },
    "Evidence": {"kind": "Nature", "dated_on": "Date du document"},
    "Household": {
        "scheme": "Régime du foyer",
        "is_allocataire": "Déjà allocataire",
        "shares_file": "Dossier partagé avec l'auteur présumé",
        "resources_band": "Ressources du mois précédent",
        "sole_name_iban": "IBAN au seul nom de la personne",
        "joint_account": "Seul compte tenu avec l'auteur présumé ; null si on ne sait pas",
        "last_allowance_on": "Date d'attribution de la dernière AUU",
    },
    "MeasureAsked": {"measure": "Mesure"},
    "Person": {
        "given_name": "Prénom",
        "family_name": "Nom",
        "born_on": "Date de naissance",
        "gender": "Genre",
        "commune": "Commune actuelle (code Insee)",
        "mail_address": "Adresse où écrire sans risque ; null si aucune n'est sûre",
        "safe_contact": "Fiche de contact sûr",
        "children": "Enfants à charge",
        "parental_authority": "Autorité parentale",
        "forbidden_collectors": "Qui ne doit pas venir chercher les enfants",
        "household": "Foyer",
        "evidence": "Justificatifs",
        "job_status": "Situation d'emploi",
        "pregnant": "Grossesse",
        "reduced_mobility": "Mobilité réduite",
        "pets": "Animaux",
        "communes_to_avoid": "Communes à éviter (codes Insee)",
        "language": "Langue (code ISO 639-1)",
        "shared_accounts": "Comptes que l'auteur présumé peut ouvrir",
        "psy_triage": "Gravité ressentie",
    },
    "Prescriber": {"organisation_kind": "Type d'organisation", "code": "Code de l'organisation"},
    "SafeChannel": {"kind": "Moyen", "value": "Numéro ou adresse"},
    "SafeContact": {
        "channels": "Moyens de contact sûrs",
        "windows": "Créneaux sûrs",
        "may_leave_voicemail": "Message vocal possible",
        "caller_id_hidden": "Appeler en numéro masqué",
        "code_word": "Mot convenu avec la personne ; réservé au référent",
        "cover_story": "Motif à donner si quelqu'un d'autre répond",
        "device_compromised": "Téléphone ou ordinateur surveillé ; null si on ne sait pas",
    },
    "Window": {
        "weekday": "Jour : 0 lundi … 6 dimanche",
        "opens": "Ouverture (heure locale)",
        "closes": "Fermeture (heure locale, le même jour)",
    },
}


def referral_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12). Raises `KeyError` on a field without title."""
    schema = Referral.model_json_schema()
    _entitle("Referral", schema)
    for name, sheet in schema["$defs"].items():
        _entitle(name, sheet)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _entitle(name: str, sheet: dict[str, Any]) -> None:
    sheet["title"], sheet["description"] = _SHEETS[name]
    for field, definition in sheet.get("properties", {}).items():
        definition["title"] = _FIELDS[name][field]
