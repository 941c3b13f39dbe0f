from . import customer_chart
from . import customer_account_scorecard
from . import customer_account_scorecard_figures
from . import customer_review_pack
from . import customer_group_one_pager
