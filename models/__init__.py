"""The tables of the biomass siting database, one package a domain.

Importing this package registers every table with ``SQLModel.metadata``. A new model is imported
by its domain package and named here.
"""

from models.analysis import AnalysisMethod, AnalysisRun, Measurement, Parameter
from models.external_data import CropStatistic, Dataset, DataSource, ImportRun, PriceQuote
from models.field_sampling import CustodyEvent, FieldSample, SamplingCampaign, StorageCondition
from models.infrastructure import Facility, FacilityFeedstock, HaulRoute
from models.people import Organisation, Person, Project, ProjectMember
from models.places import Parcel, Region, Site
from models.resources import (
    Resource,
    ResourceAvailability,
    ResourceClass,
    ResourceSpecies,
    Species,
)

__all__ = [
    "AnalysisMethod",
    "AnalysisRun",
    "CropStatistic",
    "CustodyEvent",
    "DataSource",
    "Dataset",
    "Facility",
    "FacilityFeedstock",
    "FieldSample",
    "HaulRoute",
    "ImportRun",
    "Measurement",
    "Organisation",
    "Parameter",
    "Parcel",
    "Person",
    "PriceQuote",
    "Project",
    "ProjectMember",
    "Region",
    "Resource",
    "ResourceAvailability",
    "ResourceClass",
    "ResourceSpecies",
    "SamplingCampaign",
    "Site",
    "Species",
    "StorageCondition",
]
