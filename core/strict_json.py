"""JSON as the platform takes it from outside: one reading is possible, or none."""

import json
from math import isfinite


class JsonRefused(ValueError):
    """This is not one JSON text in UTF-8. Carries nothing of what was sent."""


class KeyRepeated(JsonRefused):
    """The same field is written twice in one object."""


def read_json(body: bytes) -> object:
    """Return what a JSON text says. Raises `JsonRefused`, and `KeyRepeated` on a repeated field.

    Danger: the standard reader takes UTF-16 and UTF-32 too, NaN, and the last of two values.
    """
    try:
        document: object = json.loads(
            # The mark that some editors write first says nothing, and hides nothing.
            body.decode("utf-8-sig"),
            object_pairs_hook=_refuse_repeats,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except KeyRepeated:
        raise
    except (ValueError, RecursionError):
        raise JsonRefused from None
    return document


def _refuse_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Danger: the last of two phone numbers would silently win.
    if len(dict(pairs)) < len(pairs):
        raise KeyRepeated
    return dict(pairs)


def _refuse_constant(_constant: str) -> object:
    raise JsonRefused


def _finite(written: str) -> float:
    number = float(written)
    if not isfinite(number):
        raise JsonRefused
    return number
