from .checker import check as check
from .report import CheckReport as CheckReport, CheckRow as CheckRow
