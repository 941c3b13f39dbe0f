from . import test_dashboard_team
from . import test_play_opportunity
