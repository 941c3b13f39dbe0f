import {Component, xml} from "@odoo/owl";
import {LazyComponent} from "@web/core/assets";
import {_t} from "@web/core/l10n/translation";
import {cookie} from "@web/core/browser/cookie";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

/** The dashboard, of which nothing is loaded before somebody opens it. */
export class DashboardAction extends Component {
    static template = xml`
        <LazyComponent
            bundle="bundle"
            Component="'customer_centricity.Dashboard'"
            props="props"
        />`;
    static components = {LazyComponent};
    static props = {...standardActionServiceProps};
    static path = "customer-dashboard";
    static displayName = _t("Dashboard");

    get bundle() {
        return cookie.get("color_scheme") === "dark"
            ? "web.assets_backend_lazy_dark"
            : "web.assets_backend_lazy";
    }
}

registry.category("actions").add("customer_centricity.dashboard", DashboardAction);
