"""Runs sigma-sync for an orchestrator. The examples for Dagster and Airflow use it; keep it beside them."""

import json
import os
import shutil
import subprocess
from datetime import datetime, timedelta, timezone

# Streams by subject; a group is one task. Leave out streams you do not need.
GROUPS = {
    "people": """
        account_types account_type_permissions members member_favorites member_recent_files organization
        teams team_members user_attributes user_attribute_members user_attribute_teams""".split(),
    "content": """
        files plugins reports report_columns report_controls report_lineage report_pages report_elements
        report_queries report_schedules report_sources report_tags report_versions tags templates
        translations workbook_agents workbooks workbook_bookmarks workbook_controls workbook_embeds
        workbook_materialization_schedules workbook_pages workbook_elements workbook_columns
        workbook_lineage workbook_queries workbook_schedules workbook_sources workbook_tags
        workbook_versions workspaces""".split(),
    "data": """
        connection_paths connections data_models data_model_columns data_model_elements data_model_lineage
        data_model_materialization_schedules data_model_sources data_model_tags datasets
        dataset_materializations dataset_sources source_tables""".split(),
    "access": """
        api_clients api_connectors api_credentials connection_grants connection_path_grants
        deployment_policies grants organization_settings saml_service_providers saml_certificates
        source_swap_policies workspace_grants""".split(),
}

# Exit codes. After any other code but 0 another attempt may succeed.
WRONG_SETTINGS = 2
PARTIAL = 3
LOCKED = 4

# A group is stale after this.
FRESH_FOR = timedelta(hours=float(os.environ.get("SIGMA_SYNC_FRESH_HOURS", "26")))
# Between two attempts.
RETRY_SECONDS = int(os.environ.get("SIGMA_SYNC_RETRY_SECONDS", "300"))
RETRIES = int(os.environ.get("SIGMA_SYNC_RETRIES", "3"))

# Settings come from the environment, or from the file that SIGMA_SYNC_CONFIG names.
PROGRAM = os.environ.get("SIGMA_SYNC_PROGRAM", "sigma-sync")
CONFIG = os.environ.get("SIGMA_SYNC_CONFIG")


def call(*words):
    """Runs sigma-sync. Gives its exit code, the JSON that it printed (or None), and the end of what it said."""
    program = shutil.which(PROGRAM) or PROGRAM
    options = ["--log-format", "json", "--log-level", "warn"] + ([] if CONFIG is None else ["--config", CONFIG])
    process = subprocess.Popen(
        [program, *options, *words, "--json"], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        printed, said = process.communicate()
    except BaseException:
        # The task is being stopped: the run keeps its rows, and the next one resumes there.
        process.terminate()
        process.wait()
        raise
    return process.returncode, json.loads(printed) if printed.strip() else None, last_sentence(said)


def last_sentence(said):
    """The last thing that was told, without the rest of its log line."""
    last = (said.strip().splitlines() or [""])[-1]
    try:
        return json.loads(last).get("message", last)
    except ValueError:
        return last


def sync(group):
    """Syncs a group. As `call`."""
    return call("sync", *GROUPS[group])


def counts(report):
    """What a sync did, for the orchestrator to keep."""
    streams = (report or {}).get("streams", [])
    sums = {name: sum(one[name] for one in streams) for name in ("inserted", "updated", "deleted")}
    return {"status": (report or {}).get("status", "unknown"), **sums}


def stale_streams(group, now=None):
    """Streams of a group that no sync has read for too long, by `sigma-sync status`."""
    code, status, said = call("status")
    if code != 0:
        raise RuntimeError(said)
    now = now or datetime.now(timezone.utc)
    states = {one["name"]: one for one in status["streams"]}

    def is_fresh(name):
        state = states.get(name)
        # Streams that the organization lacks, or the credentials may not read, are no failure.
        if state is None or state["status"] in ("unavailable", "retired"):
            return True
        read = state["lastSuccessAt"]
        return read is not None and now - datetime.fromisoformat(read.replace("Z", "+00:00")) < FRESH_FOR

    return [name for name in GROUPS[group] if not is_fresh(name)]
