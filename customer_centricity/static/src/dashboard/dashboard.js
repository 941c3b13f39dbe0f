import "./dashboard_sections";
import {
    Component,
    onMounted,
    onWillStart,
    useRef,
    useState,
    useSubEnv,
} from "@odoo/owl";
import {DashboardCard} from "./dashboard_card";
import {DashboardModel} from "./dashboard_model";
import {isKnown} from "./dashboard_format";
import {Layout} from "@web/search/layout";
import {OnboardingPanel} from "@customer_centricity/onboarding/onboarding_panel";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {user} from "@web/core/user";
import {useSetupAction} from "@web/search/action_hook";

const ADDRESS = ["user_id", "team_id", "group_id", "date"];

/** The whole portfolio at a glance; every number opens what it counts. */
export class Dashboard extends Component {
    static template = "customer_centricity.Dashboard";
    static components = {DashboardCard, Layout, OnboardingPanel};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.rootRef = useRef("root");
        this.display = this.getDisplay();
        this.state = useState({model: null, hasFilters: false});
        useSubEnv({
            openRecords: (target, options) => this.openRecords(target, options),
            openAction: (xmlid) => this.action.doAction(xmlid),
        });
        useSetupAction({
            rootRef: this.rootRef,
            getLocalState: () => ({
                chosen: this.model.address,
                figures: this.model.known,
            }),
        });
        onWillStart(() => this.start());
        onMounted(() => this.tellAddress());
    }

    /** A small screen has no room for a bar that nothing stands in. */
    getDisplay() {
        const isFirst = (this.env.config.breadcrumbs || []).length < 2;
        return {controlPanel: this.env.isSmall && isFirst ? false : {}};
    }

    async start() {
        const options = await this.orm.call("customer.dashboard", "get_filters");
        const {chosen, figures} = this.props.state || {};
        this.state.model = new DashboardModel(
            this.orm,
            options,
            chosen || this.chosenInAddress,
            figures
        );
        // The screen stands while its sections come in
        this.model.loadAll(this.cards.map(({name}) => name));
    }

    get model() {
        return this.state.model;
    }

    /** After a reload of the page, only the address tells. */
    get chosenInAddress() {
        const params = this.props.action.params || {};
        return Object.fromEntries(ADDRESS.map((name) => [name, params[name]]));
    }

    tellAddress() {
        this.props.updateActionState?.(this.model.address);
    }

    /** The sections that are for this user, in order. */
    get cards() {
        const {role} = this.model.options;
        return registry
            .category("customer_centricity.dashboard_sections")
            .getEntries()
            .filter(([, views]) => views[role])
            .map(([name, views]) => ({name, ...views[role]}))
            .sort((one, other) => one.sequence - other.sequence);
    }

    get fields() {
        const {managers, teams, groups, dates, user_id} = this.model.options;
        const mine = ([id, name]) => [
            id,
            id === user_id ? _t("%s (my accounts)", name) : name,
        ];
        const fields = [
            {
                name: "user_id",
                label: _t("Account manager"),
                choices: managers.map(mine),
            },
            {name: "team_id", label: _t("Sales team"), choices: teams},
            {name: "group_id", label: _t("Group"), choices: groups},
        ].map((field) => ({...field, all: _t("All")}));
        const date = {
            name: "date",
            label: _t("Figures"),
            choices: dates.map(({key, label}) => [key, label]),
        };
        return [...fields, date].filter(
            ({all, choices}) => choices.length > (all ? 0 : 1)
        );
    }

    isChosen({name}, id) {
        return this.model.filters[name] === id;
    }

    async choose({name}, value) {
        const loading = this.model.select({[name]: value || false});
        this.tellAddress();
        await loading;
    }

    async chooseAll() {
        const loading = this.model.selectAll();
        this.tellAddress();
        await loading;
    }

    /** Of which company the figures are is only asked where there are several. */
    get isOnlyCompany() {
        return user.allowedCompanies.length === 1;
    }

    get isLoading() {
        return Object.values(this.model.sections).some(({isLoading}) => isLoading);
    }

    /**
     * The first steps come first until the portfolio has a value, which is what they
     * lead to: after that, the figures do. Some accounts without one tell nothing.
     *
     * @returns {string|undefined} nothing until all is loaded: what comes in while they
     *     are asked for would have them asked for again
     */
    get firstStepsPlace() {
        const {value} = this.model.sections;
        if (!this.isLoading && !(this.place && this.model.isFiltered)) {
            this.place = isKnown(value.data?.amount) ? "last" : "first";
        }
        return this.place;
    }

    /** What is chosen, where the filters are folded away. */
    get chosenLabels() {
        return this.fields
            .filter(({name}) => ![false, "now"].includes(this.model.filters[name]))
            .map(({name, choices}) => {
                const chosen = choices.find(([id]) => this.isChosen({name}, id));
                return chosen[1];
            })
            .join(", ");
    }

    /** For who does not see the skeletons. */
    get status() {
        return this.isLoading ? _t("Loading the figures") : _t("The figures are there");
    }

    /** Nobody is left by what was chosen: another thing than an empty portfolio. */
    get isNobodyLeft() {
        const {value} = this.model.sections;
        return this.model.isFiltered && value?.data?.account_count === 0;
    }

    async openRecords(target, options) {
        const action = await this.model.getAction(target);
        return this.action.doAction(action, options);
    }
}

registry.category("lazy_components").add("customer_centricity.Dashboard", Dashboard);
