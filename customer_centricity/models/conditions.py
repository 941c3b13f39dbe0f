"""Conditions that people put together, as text."""

import ast

from odoo.exceptions import ValidationError
from odoo.fields import Domain


def parse_conditions(env, text):
    """Return conditions as a domain. They are data: nothing is executed.

    :raise ValidationError: telling what they hold that is none
    """
    try:
        conditions = ast.literal_eval(text.strip()) if text and text.strip() else []
    except (ValueError, TypeError) as error:
        raise ValidationError(
            env._(
                "They hold something to be executed. Only plain values are "
                "allowed: texts, numbers, and dates such as '2026-01-31' or '-3m'."
            )
        ) from error
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValidationError(env._("They are no list of conditions.")) from error
    if not isinstance(conditions, list):
        raise ValidationError(env._("They are no list of conditions."))
    return Domain(conditions)
