from . import nps
from . import ltv_workbook
