from . import crm_lead
from . import customer_account
from . import customer_dashboard
from . import customer_intent_step
from . import customer_play
from . import customer_play_step
