"""What another registry has: its repositories and their tags, page after page.

Source: distribution-spec "Listing Tags"; Docker Registry HTTP API V2, "Listing Repositories".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from portside.names.errors import MalformedName
from portside.names.tags import Tag
from portside.registry.upstreams import UpstreamUnavailable
from portside.services.upstreams.registries import Registries
from portside.services.upstreams.sources import Source

PAGES_MAX: Final = 100_000
PAGE_SIZE: Final = 1000


def list_repositories(registries: Registries, source: Source) -> Iterator[str]:
    """The names of all repositories, as far as the registry tells them to this caller.

    Raises:
        UpstreamDenied: it does not let us.
        UpstreamUnavailable: it cannot be reached, or has no such listing.
    """
    everything = replace(source, repository="")
    path: str | None = f"_catalog?n={PAGE_SIZE}"
    for _ in range(PAGES_MAX):
        page = registries.fetch_page(everything, path or "")
        if page is None:
            raise UpstreamUnavailable(source.shown, "it lists no repositories: name one")
        names = page.document.get("repositories") or []
        yield from (name for name in names if isinstance(name, str))
        path = page.next_path
        if path is None:
            return


def list_tags(registries: Registries, source: Source) -> Iterator[Tag]:
    """The tags of a repository; those that are none are passed over.

    Raises:
        UpstreamDenied: the registry does not let us.
        UpstreamUnavailable: it cannot be reached, or has no such repository.
    """
    path: str | None = f"{source.repository}/tags/list?n={PAGE_SIZE}"
    for _ in range(PAGES_MAX):
        page = registries.fetch_page(source, path or "")
        if page is None:
            raise UpstreamUnavailable(source.shown, f"it has no repository {source.repository}")
        for name in page.document.get("tags") or []:
            try:
                yield Tag(name)
            except (MalformedName, TypeError):
                continue
        path = page.next_path
        if path is None:
            return
