// Rules that find mistakes; the layout is prettier's. Nothing is imported here: the
// tools are installed elsewhere than this file.
const globals = Object.fromEntries(
    ["console", "document", "luxon", "odoo", "setTimeout", "clearTimeout", "window"].map(
        (name) => [name, "readonly"]
    )
);

export default [
    {
        files: ["**/*.js"],
        languageOptions: {ecmaVersion: 2024, sourceType: "module", globals},
        linterOptions: {reportUnusedDisableDirectives: "error"},
        rules: {
            "array-callback-return": "error",
            complexity: ["error", 15],
            "consistent-return": "error",
            "constructor-super": "error",
            curly: "error",
            "dot-notation": "error",
            eqeqeq: ["error", "always", {null: "ignore"}],
            "getter-return": "error",
            "no-alert": "error",
            "no-async-promise-executor": "error",
            "no-cond-assign": "error",
            "no-const-assign": "error",
            "no-constant-condition": "error",
            "no-debugger": "error",
            "no-dupe-args": "error",
            "no-dupe-class-members": "error",
            "no-dupe-else-if": "error",
            "no-dupe-keys": "error",
            "no-duplicate-case": "error",
            "no-duplicate-imports": "error",
            "no-else-return": "error",
            "no-empty": "error",
            "no-eval": "error",
            "no-fallthrough": "error",
            "no-implied-eval": "error",
            "no-param-reassign": "error",
            "no-prototype-builtins": "error",
            "no-return-assign": "error",
            "no-self-assign": "error",
            "no-shadow": "error",
            "no-this-before-super": "error",
            "no-throw-literal": "error",
            "no-undef": "error",
            "no-unneeded-ternary": "error",
            "no-unreachable": "error",
            "no-unsafe-finally": "error",
            "no-unused-vars": "error",
            "no-use-before-define": "error",
            "no-useless-concat": "error",
            "no-useless-escape": "error",
            "no-useless-return": "error",
            "no-var": "error",
            "prefer-const": "error",
            "require-yield": "error",
            "use-isnan": "error",
            "valid-typeof": "error",
        },
    },
];
