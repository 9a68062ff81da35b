"""What comes from others: sources, editions, statistics, prices and the imports themselves."""

from models.external_data.dataset import Dataset, DataSource, Licence
from models.external_data.import_run import ImportOutcome, ImportRun
from models.external_data.market import CropStatistic, Currency, PriceBasis, PriceQuote

__all__ = [
    "CropStatistic",
    "Currency",
    "DataSource",
    "Dataset",
    "ImportOutcome",
    "ImportRun",
    "Licence",
    "PriceBasis",
    "PriceQuote",
]
