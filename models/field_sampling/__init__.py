"""What was collected: campaigns, samples, how they are kept and who has had them."""

from models.field_sampling.custody_event import CustodyEvent, CustodyEventKind
from models.field_sampling.field_sample import FieldSample, SampleStatus
from models.field_sampling.sampling_campaign import SamplingCampaign
from models.field_sampling.storage_condition import StorageCondition

__all__ = [
    "CustodyEvent",
    "CustodyEventKind",
    "FieldSample",
    "SampleStatus",
    "SamplingCampaign",
    "StorageCondition",
]
