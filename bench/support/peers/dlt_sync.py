"""Loads six streams of Sigma with dlt: its own REST source, in parallel, the children by "resolve".

Arguments: base URL, client id, client secret, database URL, folder for its state.
"""

import sys

import dlt
from dlt.sources.helpers.rest_client.auth import OAuth2ClientCredentials
from dlt.sources.rest_api import rest_api_source

base_url, client_id, client_secret, database_url, folder = sys.argv[1:]


def listing(name, path, key, params=None):
    return {
        "name": name,
        "primary_key": key,
        "endpoint": {"path": path, "params": {"limit": 1000, **(params or {})}},
    }


def of_workbooks(name, path, key, params=None):
    """One listing for each workbook, whose id goes into its address and into its rows."""
    return {**listing(name, path, key, params), "include_from_parent": ["workbookId"]}


source = rest_api_source(
    {
        "client": {
            "base_url": f"{base_url}/v2/",
            "auth": OAuth2ClientCredentials(
                access_token_url=f"{base_url}/v2/auth/token",
                client_id=client_id,
                client_secret=client_secret,
            ),
            "paginator": {"type": "cursor", "cursor_path": "nextPage", "cursor_param": "page"},
        },
        "resource_defaults": {
            "write_disposition": "replace",
            "parallelized": True,
            "endpoint": {"data_selector": "entries"},
        },
        "resources": [
            listing("members", "members", "memberId"),
            listing("teams", "teams", "teamId"),
            listing("workbooks", "workbooks", "workbookId", {"skipPermissionCheck": "true"}),
            of_workbooks("workbook_pages", "workbooks/{resources.workbooks.workbookId}/pages", "pageId"),
            of_workbooks("workbook_controls", "workbooks/{resources.workbooks.workbookId}/controls", "name"),
            of_workbooks(
                "grants",
                "grants",
                "grantId",
                {"inodeId": "{resources.workbooks.workbookId}", "directGrantsOnly": "true"},
            ),
        ],
    }
)
pipeline = dlt.pipeline(
    pipeline_name="sigma",
    pipelines_dir=folder,
    destination=dlt.destinations.postgres(database_url),
    dataset_name="sigma",
)
pipeline.run(source).raise_on_failed_jobs()
