"""What the laboratories found: methods, parameters, runs and measurements."""

from models.analysis.analysis_run import AnalysisRun, RunStatus
from models.analysis.measurement import Measurement, Qualifier
from models.analysis.vocabulary import AnalysisMethod, AnalysisTechnique, Parameter

__all__ = [
    "AnalysisMethod",
    "AnalysisRun",
    "AnalysisTechnique",
    "Measurement",
    "Parameter",
    "Qualifier",
    "RunStatus",
]
