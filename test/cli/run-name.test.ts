import { defaultRunName, parseRunName } from '../../cli/run-name.ts';
import { parseRunInput } from '../../functions/domain/run-input.ts';
import { publishedSchemas } from '../../schemas/published-schemas.ts';
import { waveID } from './command-line.ts';

const nameOf = (input: unknown) => defaultRunName(parseRunInput(input));

describe('the default name of a run', () => {
  it('is the same for inputs that mean the same', () => {
    expect(nameOf({ waveID, options: { onBlocked: 'refuse' } })).toBe(nameOf({ $schema: 'x.json', waveID }));
    expect(nameOf({ waveID })).toMatch(new RegExp(`^${waveID}-[0-9a-f]{8}$`));
  });

  it('is another for another input', () => {
    expect(nameOf({ waveID, options: { onBlocked: 'skip' } })).not.toBe(nameOf({ waveID }));
  });

  it('is a legal execution name however many servers are listed', () => {
    const sourceServerIDs = Array.from({ length: 1_000 }, (_, index) => `s-${String(index).padStart(17, '0')}`);
    const name = nameOf({ sourceServerIDs });
    expect(parseRunName('name', name)).toBe(name);
  });
});

describe('the published schema of the input', () => {
  it('wants exactly one of the members that name source servers', () => {
    expect(publishedSchemas['run-input.schema.json']?.()).toMatchObject({
      additionalProperties: false,
      oneOf: [{ required: ['waveID'] }, { required: ['applicationIDs'] }, { required: ['sourceServerIDs'] }],
    });
  });
});
