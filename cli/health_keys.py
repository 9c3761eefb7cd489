"""Are the keys of the vault fit, and do they open everything that is sealed?"""

from cli.health_line import Line
from store.master_keys import VaultKeyInvalid, check_keys
from store.rotation import without_key, wrapped

_KEYS, _SEALS = "clé du coffre", "coffre"


def keys_line() -> Line:
    """Say whether the master keys of this process are fit, and kept apart from data."""
    try:
        check_keys()
    except VaultKeyInvalid as invalid:
        return Line(_KEYS, ok=False, said=str(invalid))
    return Line(_KEYS, ok=True, said="en ordre")


def seals_line() -> Line:
    """Say whether everything that is sealed opens, and by the current key alone."""
    found = wrapped()
    troubles = [
        f"{one.keys + one.directly} départs sous la clé {one.key_id}, inconnue ici : "
        "PND_VAULT_KEYS_OTHER"
        for one in found
        if not one.is_known
    ]
    late = sum(one.directly + (0 if one.is_current else one.keys) for one in found if one.is_known)
    if late:
        troubles.append(f"{late} départs pas encore sous la clé courante : pnd keys rotate")
    if closed := without_key():
        troubles.append(f"{len(closed)} identités sans clé : pnd keys restore")
    if troubles:
        return Line(_SEALS, ok=False, said="; ".join(troubles) + ".")
    return Line(_SEALS, ok=True, said=f"tout s'ouvre ({sum(one.keys for one in found)} départs)")
