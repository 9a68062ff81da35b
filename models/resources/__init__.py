"""What can be collected: biomass resources, the species behind them and how much there is."""

from models.resources.availability import DataQuality, ResourceAvailability
from models.resources.resource import Resource
from models.resources.vocabulary import ResourceClass, ResourceSpecies, Species

__all__ = [
    "DataQuality",
    "Resource",
    "ResourceAvailability",
    "ResourceClass",
    "ResourceSpecies",
    "Species",
]
