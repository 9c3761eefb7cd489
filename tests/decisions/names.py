"""How the tables name agencies: short, with their article, in the territory that the tests use."""

AGENCIES = {
    "caf-21": "la CAF",
    "msa-21": "la MSA",
    "departement-21": "le département",
    "cpam-21": "la CPAM",
    "siao-21": "le SIAO",
    "hotel-21": "l'hôtel",
    "inter-siao-21": "l'inter-SIAO",
    "bailleur-21": "le bailleur social",
    "action-logement-21": "Action Logement",
    "petite-enfance-21": "le guichet petite enfance",
    "creche-avip-21": "la crèche AVIP",
    "halte-garderie-21": "la halte-garderie",
    "dsden-21": "la DSDEN",
    "france-travail-21": "France Travail",
    "mission-locale-21": "la mission locale",
    "france-victimes-21": "France Victimes",
    "cmp-21": "le CMP",
    "umj-21": "l'UMJ",
    "bav-21": "le BAV",
}


def named(code: str) -> str:
    """Return ``la CAF``."""
    return AGENCIES[code]


def to(code: str) -> str:
    """Return ``à la CAF``."""
    name = named(code)
    return f"au {name.removeprefix('le ')}" if name.startswith("le ") else f"à {name}"


def of(code: str) -> str:
    """Return ``de la CAF``."""
    name = named(code)
    if name.startswith("le "):
        return f"du {name.removeprefix('le ')}"
    return f"d'{name}" if name[0] in "AEIOU" else f"de {name}"


def code_of(words: str) -> str | None:
    """Return the code of an agency named in any of these ways."""
    ways = (named, to, of)
    return next((code for code in AGENCIES for way in ways if way(code) == words), None)


def lowered(label: str) -> str:
    """Return a label within a sentence: its capital goes, unless it opens a set of initials."""
    initials = label[:2].isalpha() and label[:2].isupper()
    return label if initials else label[:1].lower() + label[1:]
