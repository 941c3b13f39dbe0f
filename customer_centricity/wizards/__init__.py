from . import base_partner_merge
from . import customer_group_change
from . import customer_group_keep
from . import customer_group_preview
from . import customer_group_preview_line
from . import customer_tier_change
from . import customer_tier_keep
