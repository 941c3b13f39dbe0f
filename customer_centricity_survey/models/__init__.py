from . import customer_nps_response
from . import survey_question
from . import survey_user_input
