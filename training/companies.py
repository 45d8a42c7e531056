"""Which leads belong to one company, so that colleagues never stand on two sides of a split."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from features.schema import ColumnType, Schema
from features.vocabulary.email_domains import DomainKind, domain_kind

SHARE_SHARED = 0.1
FEWEST_SHARED = 50
"""A domain of more than a tenth of the leads, and of more than fifty, is a provider, a network or the place-holder of
an anonymised export: leads who share it are no colleagues, and holding them together would leave nothing to learn."""


def business_domain(text: str) -> str | None:
    """Return the business domain of an e-mail address or a website, or None for free mail and anything else.

    Examples
    --------
    >>> business_domain("a@acme.com"), business_domain("https://www.acme.com/de"), business_domain("a@gmail.com")
    ('acme.com', 'acme.com', None)
    """
    text = text.strip().casefold()
    if "@" in text and "/" not in text:
        domain = text.rpartition("@")[2]
    else:
        try:
            domain = urlsplit(text if "//" in text else f"//{text}").hostname or ""
        except ValueError:
            return None
        domain = domain.removeprefix("www.")
    return domain if domain_kind(f"someone@{domain}") == DomainKind.BUSINESS else None


def company_codes(lead_ids: pl.Series, leads: pl.DataFrame, schema: Schema) -> NDArray[np.int64]:
    """Return one code per row: leads that share a business e-mail domain or a website share a code.

    Domains of very many leads (``SHARE_SHARED``, ``FEWEST_SHARED``) are no company's.

    Parameters
    ----------
    lead_ids : pl.Series
        One per row.
    leads : pl.DataFrame
        The leads frame with ``attribute.<name>`` columns.
    schema : Schema
        Column types.
    """
    wanted = {ColumnType.EMAIL, ColumnType.WEBSITE}
    columns = [f"attribute.{c.name}" for c in schema.columns if c.type in wanted]
    ids = leads["lead_id"].unique(maintain_order=True)
    codes = pl.DataFrame({"lead_id": ids, "code": np.arange(ids.len())})
    links = _links(leads, [column for column in columns if column in leads.columns], codes)
    if links is not None:
        size = int(links.max()) + 1
        joined = coo_matrix((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(size, size))
        _, component = connected_components(joined, directed=False)
        codes = codes.with_columns(pl.Series("code", component[: ids.len()].astype(np.int64)))
    coded = pl.DataFrame({"lead_id": lead_ids}).join(codes, on="lead_id", how="left", maintain_order="left")
    return np.unique(coded["code"].to_numpy(), return_inverse=True)[1].astype(np.int64)


def _links(leads: pl.DataFrame, columns: Sequence[str], codes: pl.DataFrame) -> NDArray[np.int64] | None:
    """Return pairs of lead and domain nodes; domains are numbered above the leads."""
    if not columns:
        return None
    pairs = pl.concat([leads.select("lead_id", pl.col(column).alias("text")) for column in columns]).drop_nulls()
    texts = pairs["text"].unique()
    domains = pl.DataFrame({"text": texts, "domain": [business_domain(text) for text in texts]}).drop_nulls()
    pairs = pairs.join(domains, on="text").join(codes, on="lead_id")
    most = max(FEWEST_SHARED, SHARE_SHARED * codes.height)
    pairs = pairs.filter(pl.col("lead_id").n_unique().over("domain") <= most)
    if pairs.is_empty():
        return None
    nodes = np.unique(pairs["domain"].to_numpy(), return_inverse=True)[1] + codes.height
    # The first pair makes every lead a node, so that the components cover all of them.
    last = np.array([[codes.height - 1, codes.height - 1]])
    return np.vstack([last, np.column_stack([pairs["code"].to_numpy(), nodes])]).astype(np.int64)
