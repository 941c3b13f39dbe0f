from . import test_play_opportunity
