"""The units of deploy/systemd, run as systemd would: their own commands, files and variables.

``python -m tests.scale.units FILE… -- KEY=VALUE… -- COMMAND…`` becomes the command, with the
variables of the files and those given, and nothing inherited.
"""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
INSTALLED = "/opt/nouveau-depart"


@dataclass(frozen=True)
class Unit:
    """What a unit file says, for one instance."""

    command: tuple[str, ...]
    files: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)
    """Every line, by its key."""


def unit(name: str, instance: str = "") -> Unit:
    """Read a unit as systemd does; `instance` is what stands after the @."""
    said: dict[str, list[str]] = {}
    for line in (UNITS / f"{name}.service").read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            said.setdefault(key, []).append(value.replace("%i", instance))
    (command,) = said["ExecStart"]
    pairs = (value.split("=", 1) for value in said.get("Environment", []))
    variables = {name: value for name, value in pairs}
    return Unit(tuple(shlex.split(command)), tuple(said["EnvironmentFile"]), variables, said)


def read_env_file(path: Path) -> dict[str, str]:
    """Read an EnvironmentFile: the quotes are those of a shell."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {name: "".join(shlex.split(value)) for name, value in pairs}


def moved(text: str, places: Mapping[str, str]) -> str:
    """Put the folders of a test where a unit names those of a server."""
    for there, here in places.items():
        text = text.replace(there, here)
    return text


def main(words: list[str]) -> None:
    """Become the command of a unit, as systemd would start it."""
    first = words.index("--")
    second = words.index("--", first + 1)
    variables: dict[str, str] = {}
    for file in words[:first]:
        variables |= read_env_file(Path(file))
    variables |= dict(pair.split("=", 1) for pair in words[first + 1 : second])
    command = words[second + 1 :]
    os.execve(command[0], command, variables)  # noqa: S606 - the commands of our own units


if __name__ == "__main__":
    main(sys.argv[1:])
