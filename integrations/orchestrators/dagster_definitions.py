"""
Sigma in Dagster: an asset for each group of streams, with checks whether all of it was read and whether it is fresh.

    pip install dagster dagster-webserver && npm install --global sigma-sync
    dagster dev -f dagster_definitions.py

Put dbt models or others of your assets behind AssetKey(["sigma", "access"]) and its siblings.
"""

import dagster as dg

import sigma_sync_cli as cli


def assets_of(group, after):
    """The asset of a group. `after`: groups that it is planned from, which are synced first."""
    key = dg.AssetKey(["sigma", group])
    complete = dg.AssetCheckSpec("complete", asset=key, description="Nothing was left out by the last sync")

    @dg.asset(key=key, deps=after, check_specs=[complete], group_name="sigma", kinds={"postgres"})
    def sync(context: dg.AssetExecutionContext):
        code, report, said = cli.sync(group)
        if code == cli.WRONG_SETTINGS:
            raise dg.Failure(said, allow_retries=False)
        is_last = context.retry_number >= cli.RETRIES
        # Partial runs are retried, too: the next attempt reads only what failed.
        if code != 0 and not (code == cli.PARTIAL and is_last):
            raise dg.RetryRequested(max_retries=cli.RETRIES, seconds_to_wait=cli.RETRY_SECONDS) from RuntimeError(
                f"exit code {code}: {said}"
            )
        yield dg.MaterializeResult(asset_key=key, metadata=cli.counts(report))
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name="complete",
            passed=code == 0,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"said": said},
        )

    @dg.asset_check(asset=key, description=f"Every stream was read in the last {cli.FRESH_FOR}")
    def fresh():
        stale = cli.stale_streams(group)
        return dg.AssetCheckResult(passed=stale == [], metadata={"stale": stale})

    return sync, fresh


assets, checks, before = [], [], []
for name in cli.GROUPS:
    asset, check = assets_of(name, before)
    assets.append(asset)
    checks.append(check)
    before = [asset.key]

nightly = dg.define_asset_job("sigma_nightly", selection=dg.AssetSelection.groups("sigma"))

defs = dg.Definitions(
    assets=assets,
    asset_checks=checks,
    jobs=[nightly],
    schedules=[dg.ScheduleDefinition(job=nightly, cron_schedule="0 4 * * *")],
    # One sync at a time holds the lock.
    executor=dg.in_process_executor,
)
