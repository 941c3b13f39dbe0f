"""Opening views as the web client does: what it asks of the server, without it."""

import time
from dataclasses import dataclass

from lxml import etree

import odoo
from odoo.modules.registry import Registry
from odoo.tools.safe_eval import safe_eval

COUNT_LIMIT = 10001  # how far the web client counts
LIMITS = {"kanban": 40, "list": 80}
SUBVIEW_LIMIT = 40
TURNS = 9


@dataclass(frozen=True)
class Cost:
    """What the server needs for a screen."""

    seconds: float
    queries: int


def measure(database, user_id, screens):
    """Return the cost of each screen: the least time of some turns, after a first one.

    The screens take turns, so that whoever else uses the machine slows all alike.

    :param screens: dict of functions of an environment that do what the client asks for
    """
    costs = {name: [] for name in screens}
    for _turn in range(1 + TURNS):
        for name, screen in screens.items():
            costs[name].append(_measure_once(database, user_id, screen))
    return {
        name: min(found[1:], key=lambda cost: cost.seconds)
        for name, found in costs.items()
    }


def _measure_once(database, user_id, screen):
    # as every request: a cursor of its own, nothing of the last one at hand
    with Registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, user_id, {"lang": "en_US", "tz": "UTC"})
        env.user.has_group("base.group_user")  # known to every session
        before, begun = cr.sql_log_count, time.perf_counter()
        screen(env)
        return Cost(time.perf_counter() - begun, cr.sql_log_count - before)


def view(env, model, kind, without=()):
    """Return the parsed view and the specification of what it reads.

    :param without: modules whose fields are left out: what Odoo shows by itself
    """
    arch = etree.fromstring(env[model].get_view(view_type=kind)["arch"])
    return arch, specification(env[model], arch, without)


def specification(model, arch, without=()):
    """Return what the client reads of a record for a view."""
    result = {}
    depth = len(list(arch.iterancestors("field"))) + (arch.tag == "field")
    for node in arch.iter("field"):
        if len(list(node.iterancestors("field"))) != depth:
            continue
        field = model._fields.get(node.get("name"))
        if field is None or set(field._modules or ()).intersection(without):
            continue
        result[field.name] = _field_specification(model, field, node, without)
    return result


def _field_specification(model, field, node, without):
    if field.type in ("many2one", "reference"):
        return {"fields": {"display_name": {}}}
    if field.type not in ("one2many", "many2many"):
        return {}
    inner = {}
    subviews = [child for child in node if child.tag in ("list", "kanban")]
    if subviews:
        inner = specification(model.env[field.comodel_name], subviews[0], without)
        limit = int(subviews[0].get("limit") or SUBVIEW_LIMIT)
        return {"fields": inner, "limit": limit, "order": ""}
    if "tags" in (node.get("widget") or ""):
        inner = {"display_name": {}}
        options = safe_eval(node.get("options") or "{}")
        if color := options.get("color_field"):
            inner[color] = {}
    return {"fields": inner}


def open_records(model, kind, domain=(), order=None, without=()):
    """Return a screen: a list or a kanban without groups."""

    def screen(env):
        env[model].web_search_read(
            list(domain),
            spec(env),
            limit=LIMITS[kind],
            order=order,
            count_limit=COUNT_LIMIT,
        )

    spec = _once(lambda env: view(env, model, kind, without)[1])
    return screen


def open_board(model, group, domain=(), without=()):
    """Return a screen: a kanban by groups, with its progress bars.

    Groups come with the sum that the bar shows, and with no other.
    """

    def screen(env):
        arch, wanted = described(env)
        bars = list(arch.iter("progressbar"))
        sums = [bar.get("sum_field") for bar in bars if bar.get("sum_field")]
        env[model].web_read_group(
            list(domain),
            [group],
            aggregates(env[model], sums) if sums else [],
            limit=LIMITS["list"],
            auto_unfold=True,
            unfold_read_specification=wanted,
            unfold_read_default_limit=LIMITS["kanban"],
        )
        for bar in bars:
            env[model].read_progress_bar(
                list(domain),
                group,
                {"field": bar.get("field"), "colors": safe_eval(bar.get("colors"))},
            )

    described = _once(lambda env: view(env, model, "kanban", without))
    return screen


def open_pivot(model, domain=()):
    """Return a screen: a pivot with all its rows and columns."""

    def screen(env):
        arch = described(env)[0]
        rows, columns, measures = [], [], ["__count"]
        for node in arch.iter("field"):
            name, kind = node.get("name"), node.get("type")
            if kind == "measure":
                measures += aggregates(env[model], [name])
                continue
            if interval := node.get("interval"):
                name = f"{name}:{interval}"
            (rows if kind == "row" else columns).append(name)
        sets = {(): None, tuple(rows): None, tuple(columns): None}
        sets[tuple(rows + columns)] = None
        env[model].formatted_read_grouping_sets(
            list(domain), [list(names) for names in sets], measures
        )

    described = _once(lambda env: view(env, model, "pivot"))
    return screen


def open_graph(model, domain=()):
    """Return a screen: a graph with its groups and its measure."""

    def screen(env):
        arch = described(env)[0]
        groups, measures = [], ["__count"]
        for node in arch.iter("field"):
            name = node.get("name")
            if node.get("type") == "measure":
                measures += aggregates(env[model], [name])
            elif interval := node.get("interval"):
                groups.append(f"{name}:{interval}")
            else:
                groups.append(name)
        env[model].formatted_read_group(list(domain), groups, measures)

    described = _once(lambda env: view(env, model, "graph"))
    return screen


def open_form(model, record_id, without=()):
    """Return a screen: the form of a record."""

    def screen(env):
        env[model].browse(record_id).web_read(spec(env))

    spec = _once(lambda env: view(env, model, "form", without)[1])
    return screen


def aggregates(model, names):
    """Return what the client adds up of these fields."""
    descriptions = model.fields_get(list(names), ["aggregator", "currency_field"])
    found = []
    for name, description in descriptions.items():
        if not description.get("aggregator") or model._fields[name].type == "many2one":
            continue
        found.append(f"{name}:{description['aggregator']}")
        if currency := description.get("currency_field"):
            found += [f"{currency}:array_agg_distinct", f"{name}:sum_currency"]
    return list(dict.fromkeys(found))


def _once(function):
    """Keep the first result: the client knows the view when it reads the records."""
    kept = []

    def kept_or_new(env):
        if not kept:
            kept.append(function(env))
        return kept[0]

    return kept_or_new
