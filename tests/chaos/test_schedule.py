"""A storm is drawn whole from its seed."""

from tests.chaos.schedule import EXAMPLES, FLOW, LINKS, NURSERY, Kind, draw


def _drawn(seed: int, kills: int = 40) -> object:
    return draw(seed, tuple(EXAMPLES), departures=30, kills=kills, seconds=600)


def test_the_same_seed_draws_the_same_storm_and_another_seed_another() -> None:
    assert _drawn(3) == _drawn(3)
    assert _drawn(3) != _drawn(4)


def test_as_many_processes_are_killed_as_was_asked_and_none_is_spared() -> None:
    schedule = draw(5, tuple(EXAMPLES), departures=3, kills=12, seconds=60)

    killed = [name for blow in schedule.blows if blow.kind is Kind.KILL for name in blow.targets]
    assert schedule.kills == len(killed) == 12
    workers = {name for name in killed if name.startswith("worker-")}
    assert set(killed) - workers == {FLOW, "watch", "door", "prefect", "postgres", NURSERY}
    assert workers
    hit = {name for blow in schedule.blows if blow.kind is not Kind.KILL for name in blow.targets}
    assert hit == set(LINKS)


def test_every_blow_and_every_referral_falls_within_the_storm() -> None:
    schedule = draw(6, tuple(EXAMPLES), departures=30, kills=40, seconds=600)

    assert abs(sum(blow.pause for blow in schedule.blows) - 600) < 1
    assert all(0 <= filing.at < 600 for filing in schedule.filings)
    assert {filing.territory for filing in schedule.filings} == set(EXAMPLES)
    assert len({filing.document["referral_id"] for filing in schedule.filings}) == 30
    for filing in schedule.filings:
        wanted = {asked["measure"] for asked in filing.document["measures"]}
        assert wanted >= {consent["measure"] for consent in filing.document["consents"]}
