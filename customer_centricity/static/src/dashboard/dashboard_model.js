import {Reactive} from "@web/core/utils/reactive";
import {_t} from "@web/core/l10n/translation";

const MODEL = "customer.dashboard";
const REFUSALS = [
    "odoo.exceptions.AccessError",
    "odoo.exceptions.UserError",
    "odoo.exceptions.ValidationError",
];
const LISTS = {user_id: "managers", team_id: "teams", group_id: "groups"};

/** What the user chose to see, and the figures of each section, as far as there are. */
export class DashboardModel extends Reactive {
    /**
     * @param {Object} orm
     * @param {Object} options as get_filters of the server has them
     * @param {Object} chosen filters of before, from the address or the way back
     * @param {Object} figures of before, shown until there are new ones
     */
    constructor(orm, options, chosen = {}, figures = {}) {
        super();
        this.orm = orm;
        this.options = options;
        this.filters = this.clean(chosen);
        this.sections = {};
        this.figures = figures;
    }

    get isManager() {
        return this.options.role === "manager";
    }

    /** Salespeople begin with their own accounts, where they have any. */
    get ownUserId() {
        const {managers, user_id} = this.options;
        const isOwner = managers.some(([id]) => id === user_id);
        return !this.isManager && isOwner ? user_id : false;
    }

    /** Without what is not there any more, or is not for this user. */
    clean(chosen) {
        const filters = {};
        for (const [name, list] of Object.entries(LISTS)) {
            const id = Number(chosen[name]);
            filters[name] = this.options[list].some(([known]) => known === id) && id;
        }
        if (chosen.user_id === undefined) {
            filters.user_id = this.ownUserId;
        }
        const date = this.options.dates.find(
            ({key}) => String(key) === String(chosen.date)
        );
        filters.date = date ? date.key : "now";
        return filters;
    }

    get isFiltered() {
        return Object.keys(LISTS).some((name) => this.filters[name]);
    }

    /** For the address: what is not chosen does not stand there. */
    get address() {
        const {user_id, team_id, group_id, date} = this.filters;
        return {
            user_id: user_id || (this.ownUserId ? "all" : undefined),
            team_id: team_id || undefined,
            group_id: group_id || undefined,
            date: date === "now" ? undefined : date,
        };
    }

    select(values) {
        this.filters = this.clean({...this.filters, ...values});
        return this.loadAll();
    }

    selectAll() {
        return this.select({user_id: false, team_id: false, group_id: false});
    }

    /** Each on its own: none waits for another, nor fails with it. */
    loadAll(names = Object.keys(this.sections)) {
        return Promise.all(names.map((name) => this.load(name)));
    }

    async load(name) {
        const before = this.sections[name];
        const turn = (before?.turn || 0) + 1;
        this.sections[name] = {
            turn,
            data: before ? before.data : this.figures[name],
            isLoading: true,
        };
        const result = await this.ask(name);
        if (this.sections[name].turn === turn) {
            this.sections[name] = {turn, isLoading: false, ...result};
        }
    }

    async ask(name) {
        try {
            const data = await this.orm.silent.call(MODEL, "get_section", [
                name,
                {...this.filters},
            ]);
            return {data};
        } catch (error) {
            return {error: this.getMessage(error)};
        }
    }

    /** What the server says to people; of what went wrong inside, only that it did. */
    getMessage({data, exceptionName}) {
        return REFUSALS.includes(exceptionName) && data?.message
            ? data.message
            : _t("These figures could not be loaded.");
    }

    getAction(target) {
        return this.orm.call(MODEL, "get_action", [target, {...this.filters}]);
    }

    /** To be shown at once on the way back. */
    get known() {
        return Object.fromEntries(
            Object.entries(this.sections)
                .filter(([, {data}]) => data)
                .map(([name, {data}]) => [name, data])
        );
    }
}
