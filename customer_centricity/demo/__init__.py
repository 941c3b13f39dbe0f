from . import customer_demo
from . import customer_demo_strategy
from . import customer_demo_decisions
from . import customer_demo_voice
from . import customer_demo_turns
