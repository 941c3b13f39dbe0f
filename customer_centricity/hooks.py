def uninstall_hook(env):
    """Remove what uninstalling leaves behind: it hangs on our models by name only.

    These are people's favourites and activities on our models, and the external ids
    that other addons, such as mail, gave to parts of our models.
    """
    names = [
        name
        for name, model in env.registry.items()
        if model._original_module == "customer_centricity"
    ]
    models = env["ir.model"].search([("model", "in", names)])
    env["ir.filters"].with_context(active_test=False).search(
        [("model_id", "in", names)]
    ).unlink()
    # an activity keeps its type, which goes with the addon
    env["mail.activity"].with_context(active_test=False).search(
        [("res_model", "in", names)]
    ).unlink()
    parts = {
        "ir.model.fields.selection": ("field_id.model_id", "in", models.ids),
        "ir.model.inherit": ("model_id", "in", models.ids),
    }
    for part, condition in parts.items():
        env["ir.model.data"].search(
            [
                ("model", "=", part),
                ("res_id", "in", env[part].search([condition]).ids),
                ("module", "!=", "customer_centricity"),
            ]
        ).unlink()
