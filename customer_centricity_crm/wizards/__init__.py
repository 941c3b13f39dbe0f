from . import customer_intent_start
