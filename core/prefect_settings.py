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
        # Danger: an automation may fail, crash or resume a sleeping departure, and the "zombie"
        # one that Prefect documents does. None ever fires: nothing listens for them.
        "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
        # Runs that ended are erased with their forms; a run that sleeps is never old enough: only
        # a run in a terminal state with an end is looked at. An open departure needs no ended run.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        # 30 days after the end: time to look at a run that broke. Our journal is the history.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "2592000",
        # Events only say what the screen shows live; each wake-up writes a dozen. Danger: this one
        # refuses a number of seconds, and the server would not start.
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P2D",
        # Beyond that, events are dropped: the screen loses some, a departure loses nothing.
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_QUEUE_MAX_SIZE": "50000",
        # --- A national outage ends, and everybody wakes at once.
        # A statement that is slow is not lost: the default gives up after 10 s.
        "PREFECT_SERVER_DATABASE_TIMEOUT": "30",
        "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "10",
        # At most 15 connections for each server process: what max_connections is counted from.
        "PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_SIZE": "5",
        "PREFECT_SERVER_DATABASE_SQLALCHEMY_MAX_OVERFLOW": "10",
        # Longer than a statement: a client that hangs up first asks twice.
        "PREFECT_API_REQUEST_TIMEOUT": "60",
        # Six tries in about a minute outlive a server that restarts; then the watch takes over.
        "PREFECT_CLIENT_MAX_RETRIES": "5",
        # What a balancer says while a server does not answer; 502 and 503 are always tried again.
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "504",
        # A passage that waits a minute for a worker is shown "Late"; the default cries at 15 s.
        "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "60",
        # --- A wake-up is quick.
        # No heartbeat: nothing listens to it, and each wake-up would wait up to 1 s for its thread
        # to end. The variable of that setting cannot say "none"; the JSON of its section can.
        "PREFECT_FLOWS": '{"heartbeat_frequency": null}',
        # From the bell to the first line of the flow; the default asks every 10 s.
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        # A run is claimed when it is due: one claimed earlier is stuck if its worker dies.
        "PREFECT_WORKER_PREFETCH_SECONDS": "1",
        # A lost worker is shown as such after three silent beats: 30 s, not a minute and a half.
        "PREFECT_WORKER_HEARTBEAT_SECONDS": "10",
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

# Rule: several Prefect servers share what one keeps in its memory; all of these, or none. They find
# Redis by its address (deploy/server.env.example).
SHARED_BY_REDIS = MappingProxyType(
    {
        # Danger: in memory, each server tells its events to itself only: the screen of one does not
        # see what the other did, and a worker does not hear of a cancellation.
        "PREFECT_SERVER_EVENTS_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        # A slot that one server gave is given back through another.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
        # What a worker has to clean up outlives the server that asked for it.
        "PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE": "prefect_redis.cleanup_queue",
    }
)

# What `pnd settings --several` adds.
SEVERAL_SERVERS = MappingProxyType(
    {
        **SHARED_BY_REDIS,
        # Danger: two servers that migrate one database at once break it. One command does it.
        "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false",
        # Longer than the balancer keeps a line that is idle (75 s): a call would meet a closed one.
        "PREFECT_SERVER_API_KEEPALIVE_TIMEOUT": "80",
    }
)
