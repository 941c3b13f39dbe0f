from . import test_survey_nps
