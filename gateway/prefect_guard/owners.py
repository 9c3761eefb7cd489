"""Whose a thing of Prefect's is: every run has a deployment, every deployment a territory.

Read apart from the filters that we add, so that a filter that Prefect would come to ignore is
noticed before its answer leaves.
"""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from flows.deployments import deployment_name, names_of
from gateway.prefect_guard.routes import Mark
from gateway.prefect_guard.upstream import PrefectAway, Upstream

_FRESH_SECONDS = 15.0
"""A deployment may be made anew under another number."""
_PAGE = 200
_MOST_REMEMBERED = 50_000


@dataclass(frozen=True)
class Deployment:
    """What a deployment tells of its runs."""

    name: str
    flow: str


def deployments_of(territories: Iterable[str]) -> frozenset[str]:
    """Return the names of the deployments of some territories."""
    return frozenset(name for code in territories for name in names_of(code))


def pools_of(territories: Iterable[str]) -> frozenset[str]:
    """Return the names of the work pools of some territories."""
    return frozenset(deployment_name(code) for code in territories)


class Owners:
    """Tells whose things are, asking Prefect once for each run: a run never changes deployment."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._deployments: dict[str, Deployment] = {}
        self._read_at = float("-inf")
        self._runs: dict[str, str] = {}

    async def all_within(
        self, mark: Mark, things: Collection[str], territories: Iterable[str]
    ) -> bool:
        """Whether all these, told by that mark, are of the territories. Raises `PrefectAway`."""
        allowed = list(territories)
        if mark is Mark.NOTHING:
            return True
        if mark is Mark.THIS_POOL:
            return set(things) <= pools_of(allowed)
        deployments = await self._all_deployments()
        ours = {
            number for number, one in deployments.items() if one.name in deployments_of(allowed)
        }
        if mark is Mark.THIS_FLOW:
            return set(things) <= {deployments[number].flow for number in ours}
        if mark in (Mark.DEPLOYMENT, Mark.THIS_DEPLOYMENT):
            return set(things) <= ours
        return {await self._deployment_of(run, things) for run in things} <= ours

    async def deployment(self, number: str) -> Deployment | None:
        """Return a deployment; None when there is none such. Raises `PrefectAway`."""
        return (await self._all_deployments()).get(number)

    async def _deployment_of(self, run: str, among: Iterable[str]) -> str:
        if run not in self._runs:
            await self._learn([one for one in set(among) if one not in self._runs])
        return self._runs.get(run, "")

    async def _learn(self, runs: list[str]) -> None:
        if len(self._runs) > _MOST_REMEMBERED:
            self._runs.clear()
        for start in range(0, len(runs), _PAGE):
            asked = {"id": {"any_": runs[start : start + _PAGE]}}
            for run in await self._listed("/flow_runs/filter", {"flow_runs": asked}):
                self._runs[str(run["id"])] = str(run["deployment_id"])

    async def _all_deployments(self) -> dict[str, Deployment]:
        if time.monotonic() - self._read_at > _FRESH_SECONDS:
            found: dict[str, Deployment] = {}
            while True:
                page = await self._listed("/deployments/filter", {"offset": len(found)})
                found |= {str(d["id"]): Deployment(d["name"], str(d["flow_id"])) for d in page}
                if len(page) < _PAGE:
                    break
            self._deployments, self._read_at = found, time.monotonic()
        return self._deployments

    async def _listed(self, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await self._upstream.ask("POST", path, {"limit": _PAGE, **body})
        if not answer.is_success:
            raise PrefectAway
        listed: list[dict[str, Any]] = answer.json()
        return listed
