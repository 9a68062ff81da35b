"""Where things are: regions, sites and the parcels of land that belong to them."""

from models.places.parcel import LandUse, Parcel
from models.places.region import Region, RegionKind
from models.places.site import Site

__all__ = ["LandUse", "Parcel", "Region", "RegionKind", "Site"]
