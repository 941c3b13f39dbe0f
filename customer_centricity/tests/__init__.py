from . import test_access
from . import test_account
from . import test_demo
from . import test_partner
from . import test_partner_merge
from . import test_profit_month
from . import test_refresh
from . import test_tier
