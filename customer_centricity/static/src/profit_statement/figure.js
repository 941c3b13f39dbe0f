import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatMonetary} from "@web/views/fields/formatters";

/** An amount that opens the documents it is made of; a dash where there is none. */
export class ProfitFigure extends Component {
    static template = "customer_centricity.ProfitFigure";
    static props = {
        amount: Number,
        currencyId: Number,
        // What the amount is, for who cannot see where it stands
        description: String,
        open: {type: Function, optional: true},
    };

    get text() {
        return formatMonetary(this.props.amount, {currencyId: this.props.currencyId});
    }

    get label() {
        return _t("%(description)s: %(amount)s. Open the documents.", {
            description: this.props.description,
            amount: this.text,
        });
    }
}
