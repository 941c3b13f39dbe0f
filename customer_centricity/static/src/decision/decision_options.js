import {Component, useState} from "@odoo/owl";
import {Field} from "@web/views/fields/field";
import {_t} from "@web/core/l10n/translation";
import {evaluateBooleanExpr} from "@web/core/py_js/py";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";
import {x2ManyField} from "@web/views/fields/x2many/x2many_field";

/** A field that can be edited where it stands, without entering its record first. */
export class OptionCell extends Field {
    get fieldComponentProps() {
        const {fieldInfo, record, readonly} = this.props;
        return {
            ...super.fieldComponentProps,
            readonly:
                readonly ||
                evaluateBooleanExpr(
                    fieldInfo.readonly,
                    record.evalContextWithVirtualIds
                ),
        };
    }
}

/**
 * The options of a decision side by side: one column each, what comes of it on top and
 * what is assumed below.
 *
 * Rows are the columns of the list in the view, under the heading that each names in
 * its options; whether and when a cell is shown or can be edited is said there, too.
 */
export class DecisionOptions extends Component {
    static template = "customer_centricity.DecisionOptions";
    static components = {OptionCell};
    static props = {
        ...standardFieldProps,
        views: {type: Object},
        choice: {type: String, optional: true},
        best: {type: String, optional: true},
    };

    setup() {
        this.ui = useService("ui");
        this.state = useState({unfolded: {}});
    }

    get list() {
        return this.props.record.data[this.props.name];
    }

    get options() {
        return this.list.records;
    }

    get rows() {
        return this.props.views.list.columns.filter(
            (column) =>
                column.type === "field" &&
                !evaluateBooleanExpr(column.column_invisible, this.list.evalContext)
        );
    }

    /** Rows under their headings; those that no option has anything for are left out. */
    get sections() {
        const titles = {
            result: _t("What comes of it"),
            change: _t("What changes"),
            assumption: _t("What is assumed"),
            ladder: _t("The ladder"),
        };
        return Object.entries(titles)
            .map(([name, title]) => ({
                name,
                title,
                rows: this.rows.filter(
                    (row) =>
                        row.options.section === name &&
                        this.options.some((option) => this.isFilled(row, option))
                ),
            }))
            .filter((section) => section.rows.length);
    }

    get chosen() {
        return this.options.find((option) => this.isChosen(option));
    }

    /** Those that cannot be chosen: why, is told below the table. */
    get blocked() {
        return this.options.filter((option) => option.data.blocked_reason);
    }

    label(row) {
        return row.string || this.list.fields[row.name].string;
    }

    help(row) {
        return row.help || this.list.fields[row.name].help;
    }

    isShown(row, option) {
        return !evaluateBooleanExpr(row.invisible, option.evalContextWithVirtualIds);
    }

    /** What nothing is changed to is no news where nobody can enter it any more. */
    isFilled(row, option) {
        return (
            this.isShown(row, option) &&
            (!this.props.readonly ||
                row.options.section !== "change" ||
                Boolean(option.data[row.name]))
        );
    }

    isChosen(option) {
        return this.isNamed(this.props.choice, option);
    }

    /** As the case has it: options that are not edited do not hear of their rivals. */
    isBest(option) {
        return this.isNamed(this.props.best, option);
    }

    isNamed(name, option) {
        const named = this.props.record.data[name];
        return Boolean(named) && named.id === option.resId;
    }

    columnClasses(option) {
        return {
            o_customer_option_blocked: !option.data.is_possible,
            o_customer_option_chosen: this.isChosen(option),
        };
    }

    cardClasses(option) {
        return {
            "border-primary": this.isChosen(option),
            o_customer_option_blocked: !option.data.is_possible,
        };
    }

    canChoose(option) {
        const {choice, readonly} = this.props;
        return (
            Boolean(choice) &&
            !readonly &&
            option.data.is_possible &&
            !this.isChosen(option)
        );
    }

    isFolded(option) {
        return !(this.state.unfolded[option.id] ?? this.isChosen(option));
    }

    /** On a phone: show or hide what is assumed of an option. */
    toggle(option) {
        this.state.unfolded[option.id] = this.isFolded(option);
    }

    async choose(option) {
        await this.props.record.update({
            [this.props.choice]: {
                id: option.resId,
                display_name: option.data.rung_id.display_name,
            },
        });
    }
}

registry.category("fields").add("customer_decision_options", {
    ...x2ManyField,
    component: DecisionOptions,
    displayName: _t("Options side by side"),
    supportedTypes: ["one2many"],
    additionalClasses: ["w-100"],
    extractProps: ({options, views}) => ({
        best: options.best,
        choice: options.choice,
        views,
    }),
});
