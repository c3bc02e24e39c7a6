import tseslint from 'typescript-eslint';

/** One reason per forbidden direction; the folders' dependencies point one way only. */
const importsOnly = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

const notFrom = (group, message) => ({ group, message });

const functionsStandAlone = [
  notFrom(
    ['**/simulator/**', '**/local/**', '**/cli/**', '**/infra/**', '**/test/**'],
    'functions/ runs in Lambda and knows nothing of what runs it.',
  ),
];

export default tseslint.config(
  { ignores: ['node_modules', 'cdk.out', 'coverage/**', 'reports', '.stryker-tmp', '**/*.mjs', '**/*.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/prefer-nullish-coalescing': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['functions/domain/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: 'The domain reads no environment.' }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='Date'][property.name='now']",
          message: 'Time arrives as an argument.',
        },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time arrives as an argument.' },
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: 'Chance arrives as an argument.',
        },
      ],
    },
  },
  importsOnly(['functions/**/*.ts'], functionsStandAlone),
  importsOnly(
    ['functions/domain/**/*.ts'],
    [
      notFrom(
        ['@aws-sdk/*', '@middy/*', '@aws-lambda-powertools/*', 'node:*'],
        'The domain is pure: no SDK, no process.',
      ),
      ...functionsStandAlone,
      notFrom(['../mgn/*', '../ledger/*', '../handlers/*', '../shared/*'], 'The domain imports only the domain.'),
    ],
  ),
  importsOnly(
    ['simulator/**/*.ts'],
    [
      notFrom(
        ['**/functions/**', '**/local/**', '**/cli/**', '**/infra/**', '**/test/**'],
        'The simulator states the service rules on its own, so that a disagreement with the domain is a found bug.',
      ),
    ],
  ),
  importsOnly(
    ['local/**/*.ts'],
    [notFrom(['**/cli/**', '**/infra/**', '**/test/**'], 'local/ is used by cli/, not the reverse.')],
  ),
  importsOnly(
    ['infra/**/*.ts'],
    [
      notFrom(
        ['**/functions/**', '!**/functions/domain', '!**/functions/domain/**'],
        'infra/ only wires; of functions/ it knows entry paths and, for schedules, the domain.',
      ),
    ],
  ),
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
);
