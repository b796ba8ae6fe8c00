"""
Sigma in Airflow 3: a task for each group of streams, one after the other, and one that fails where something is stale.

    npm install --global sigma-sync        # on the workers; settings from their environment

Put this file and sigma_sync_cli.py into the folder of DAGs.
"""

import os
import sys
from datetime import datetime, timedelta

from airflow.exceptions import AirflowException, AirflowFailException
from airflow.sdk import dag, task

# Some Airflow commands don't look for modules in the folder of DAGs.
sys.path.insert(0, os.path.dirname(__file__))
import sigma_sync_cli as cli  # noqa: E402

RETRIED = {"retries": cli.RETRIES, "retry_delay": timedelta(seconds=cli.RETRY_SECONDS)}


@dag(schedule="0 4 * * *", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1, tags=["sigma"])
def sigma():
    @task(**RETRIED)
    def sync(group, ti=None):
        code, report, said = cli.sync(group)
        if code == cli.WRONG_SETTINGS:
            raise AirflowFailException(said)
        is_last = ti.try_number > ti.max_tries
        # Partial runs are retried, too: the next attempt reads only what failed.
        if code != 0 and not (code == cli.PARTIAL and is_last):
            raise AirflowException(f"exit code {code}: {said}")
        return {**cli.counts(report), "said": said}

    @task(trigger_rule="all_done")
    def fresh():
        stale = {group: cli.stale_streams(group) for group in cli.GROUPS}
        stale = {group: names for group, names in stale.items() if names}
        if stale:
            raise AirflowFailException(f"stale: {stale}")

    @task
    def synced():
        """Fails with any sync before it."""

    # One sync at a time holds the lock, and later groups are planned from earlier ones.
    before = None
    for group in cli.GROUPS:
        one = sync.override(task_id=f"sync_{group}")(group)
        if before is not None:
            before >> one
        before = one
    # Freshness is checked whatever the result of the syncs. The other task is for Airflow, which judges a run by its last
    # tasks alone: without it a failed sync with fresh streams would be a success.
    before >> [fresh(), synced()]


sigma()
