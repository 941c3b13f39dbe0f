from . import test_acquisition_demo
from . import test_lookalike
from . import test_lookalike_campaign
from . import test_lookalike_worth
from . import test_dashboard_team
from . import test_play_opportunity
from . import test_prospect
from . import test_source_quality
