"""How we run Prefect, each setting with its reason: the embedded world and production alike."""

from types import MappingProxyType

PREFECT_SETTINGS = MappingProxyType(
    {
        # --- Nothing leaves for a third party.
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # The V2 screen hides Resume in a menu, checks the form against the wrong schema, and calls
        # an analytics host even when analytics are off.
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        # --- Nothing personal stays in Prefect, even by mistake.
        # Danger: the text of an exception from code that is not ours would be stored in clear.
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        # Our journal says what is done; a pickled result would be a second, readable copy.
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        # --- A journey sleeps for months.
        # It reads every suspended run every 5 s, to fail those that have a timeout: none has.
        "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_ENABLED": "false",
        # A retry of a flow asks every question again and deletes the answers.
        "PREFECT_FLOWS_DEFAULT_RETRIES": "0",
        # --- A wake-up is quick.
        # No heartbeat: nothing listens to it, and each wake-up would wait up to 1 s for its thread
        # to end. The variable of that setting cannot say "none"; the JSON of its section can.
        "PREFECT_FLOWS": '{"heartbeat_frequency": null}',
        # From the bell to the first line of the flow; the default asks every 10 s.
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        # A run is claimed when it is due: one claimed earlier is stuck if its worker dies.
        "PREFECT_WORKER_PREFETCH_SECONDS": "1",
        # The client asks for a CSRF token that the server, on the loopback, does not want.
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
        # Versions are locked together: no need to compare them at each start.
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
        # --- One server, and we know which.
        # Danger: without an address, Prefect would quietly start a server of its own on SQLite.
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        # We use no block: nothing to register at each start.
        "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
        "PREFECT_CLI_COLORS": "false",
        "PREFECT_LOGGING_COLORS": "false",
    }
)
