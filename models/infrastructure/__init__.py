"""Where biomass goes: facilities, what they take and the roads to them."""

from models.infrastructure.facility import (
    Facility,
    FacilityFeedstock,
    FacilityKind,
    FacilityStatus,
)
from models.infrastructure.haul_route import HaulRoute

__all__ = ["Facility", "FacilityFeedstock", "FacilityKind", "FacilityStatus", "HaulRoute"]
