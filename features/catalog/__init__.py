"""One catalog of features: each defined once, computed in bulk and for one lead, and said in words."""

from features.catalog.catalog import Catalog
from features.catalog.feature import Concept, Feature, FeatureKind

__all__ = ["Catalog", "Concept", "Feature", "FeatureKind"]
