/** The reference pages of the published schemas. */
import migrationInput from '../../schemas/migration-input.schema.json' with { type: 'json' };
import notice from '../../schemas/notice.schema.json' with { type: 'json' };
import runInput from '../../schemas/run-input.schema.json' with { type: 'json' };
import scenario from '../../schemas/scenario.schema.json' with { type: 'json' };
import schedules from '../../schemas/schedules.schema.json' with { type: 'json' };
import { parseSchema } from './schema-node.ts';
import { schemaPage, type SchemaPage } from './schema-page.ts';

const refusals =
  'Unknown fields are refused, and a field that stands twice. The file is JSON in UTF-8 of at most 1 MiB.';

const pages: readonly (SchemaPage & { readonly schema: unknown })[] = [
  {
    file: 'run-input.schema.json',
    schema: runInput,
    introduction: `What \`plan\`, \`check\`, \`rehearse\`, \`run\` and \`start\` read, and what a person pastes into the Step Functions console to start \`wave-cutover\`. \`{"waveID": "wave-…"}\` is enough. ${refusals}`,
  },
  {
    file: 'migration-input.schema.json',
    schema: migrationInput,
    introduction: `Many waves of one night, read by the same commands and by the state machine \`migration-run\`: see [many waves](../how-to/many-waves.md). ${refusals}`,
  },
  {
    file: 'scenario.schema.json',
    schema: scenario,
    introduction:
      'A fleet in a simulated MGN and what happens to it: for `--scenario` and for `simulate`. `rehearse --save` writes one of your own fleet. At most 32 MiB. What the simulator does with it is in [its README](../../simulator/README.md).',
  },
  {
    file: 'notice.schema.json',
    schema: notice,
    introduction:
      'What the stack tells a program about a run, beside the text that people get: see [be notified](../how-to/notifications.md).',
  },
  {
    file: 'schedules.schema.json',
    schema: schedules,
    introduction:
      'What starts by itself, deployed with the stack from `infra/schedules.json`: see [schedule a night](../how-to/schedule.md).',
  },
];

/** Makes each page; the keys are paths in `docs/reference`. */
export const schemaPages: Readonly<Record<string, () => string>> = Object.fromEntries(
  pages.map(({ schema, ...page }) => [
    page.file.replace('.schema.json', '.md'),
    () => schemaPage(parseSchema(schema), page),
  ]),
);
