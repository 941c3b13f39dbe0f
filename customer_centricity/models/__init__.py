from . import customer_service_level
from . import customer_tier
from . import customer_account
from . import customer_account_refresh
from . import customer_profit_month
from . import res_company
from . import res_config_settings
from . import res_partner
