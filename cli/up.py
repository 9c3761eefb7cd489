"""`pnd up`: run the embedded world until somebody stops it."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from cli.keys import password_variable
from cli.referents import referents_of
from cli.state import State
from cli.world import World


class Stopped(Exception):
    """Somebody asked this process to stop (Ctrl+C, `kill`, a closed terminal)."""


@contextmanager
def stopping_cleanly() -> Iterator[None]:
    """Turn the first signal to stop into `Stopped`; ignore the next ones, all is ending."""
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not asked.is_set():
            asked.set()
            raise Stopped

    heard = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def up(
    territories: Sequence[str],
    say: Callable[[str], None],
    *,
    home: Path | None = None,
    fresh: bool = False,
) -> None:
    """Start everything, say where it is, and wait for a signal to stop.

    Raises `WorldBusy`, `NoFreePort`, `ProcessUnready` or `StepFailed`, each a sentence in French.
    """
    folder = home or State.usual().folder
    with stopping_cleanly():
        try:
            with World(folder, territories, fresh=fresh, say=say) as world:
                for line in addresses(world):
                    say(line)
                say("Ctrl+C arrête tout.")
                threading.Event().wait()
        except Stopped:
            say("Tout est arrêté.")


def addresses(world: World) -> list[str]:
    """Return where to look, a line each, in French."""
    urls = world.urls
    return [
        f"Écran des référents : {urls['guard']}",
        *_accounts(world),
        f"Porte : {urls['door']}",
        f"Organismes simulés : {urls['sandbox']}",
        f"Journaux des processus : {world.state.logs}",
    ]


def _accounts(world: World) -> Iterator[str]:
    """Yield how to come in: a password is shown by the start that drew it, and by no other."""
    for code in referents_of(world.territories):
        name = password_variable(code)
        if name in world.drawn:
            yield f"  Compte {code}, mot de passe (affiché cette seule fois) : {world.env[name]}"
    yield f"  Mots de passe des comptes d'essai : PND_ACCOUNT_… dans {world.state.keys}"
