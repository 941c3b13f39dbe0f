from . import customer_intent_start
from . import customer_lookalike_campaign
from . import customer_lookalike_campaign_line
