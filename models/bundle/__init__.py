"""A trained scorer as a folder of plain files with a checked manifest; no pickle in any form."""

from models.bundle.assemble import Bundle
from models.bundle.loading import load_bundle, load_scorer, verify
from models.bundle.writing import write_bundle

__all__ = ["Bundle", "load_bundle", "load_scorer", "verify", "write_bundle"]
