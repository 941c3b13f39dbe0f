import {Component, xml} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** The month that a date stands for, in the user's language; never edited. */
export class MonthField extends Component {
    static template = xml`<span t-out="month"/>`;
    static props = {...standardFieldProps};

    get month() {
        const date = this.props.record.data[this.props.name];
        return date ? date.toFormat("MMM yyyy") : "";
    }
}

registry.category("fields").add("customer_month", {
    component: MonthField,
    displayName: _t("Month"),
    supportedTypes: ["date"],
});
